import { killAtEachPoint } from './kill-at-each-point';

killAtEachPoint(5, 60);
