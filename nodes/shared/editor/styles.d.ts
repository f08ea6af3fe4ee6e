/** The style of a library: the build puts it into the html of the node that imports it. */
declare module '*.css';
