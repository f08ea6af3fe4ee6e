import { killAtEachPoint } from '../crash/kill-at-each-point';

killAtEachPoint(4, 1000);
