import { types } from 'pg';

type Parser = (value: string) => unknown;

const INT8 = 20;
const parserOf = types.getTypeParser as (oid: number) => Parser;

/** How columns become values. Numbers of 64 bits: epoch milliseconds and row numbers are exact as doubles. */
export const columnTypes = {
  getTypeParser: (oid: number): Parser => (oid === INT8 ? Number : parserOf(oid)),
};
