import { killAtEachPoint } from '../crash/kill-at-each-point';

killAtEachPoint(5, 1000);
