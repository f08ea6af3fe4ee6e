import { testSidebar } from './sidebar/test-sidebar';

testSidebar(4);
