import { killAtEachPoint } from './kill-at-each-point';

killAtEachPoint(4, 60);
