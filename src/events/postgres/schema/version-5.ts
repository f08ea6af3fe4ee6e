/**
 * What instances settle between them.
 * - `path_claims`: endpoints at the same place, in the order in which they came; `instances.claims` says who has
 *   them, as `PLACE OWNER`.
 * - `missed_routes`: since when a route with waiting events has no endpoint at any instance, as `METHOD endpoint`.
 * - `shared_runs`: what one instance does and each of them may look at and stop.
 */
export const VERSION_5 = `
ALTER TABLE instances ADD COLUMN claims text[] NOT NULL DEFAULT '{}';

CREATE TABLE path_claims (
  place text COLLATE "C" NOT NULL,
  owner text COLLATE "C" NOT NULL,
  seq bigint GENERATED ALWAYS AS IDENTITY,
  PRIMARY KEY (place, owner)
);

CREATE TABLE missed_routes (
  route text COLLATE "C" PRIMARY KEY,
  since bigint NOT NULL
);

CREATE TABLE shared_runs (
  id text COLLATE "C" PRIMARY KEY,
  told text NOT NULL,
  told_at timestamptz NOT NULL DEFAULT now(),
  is_over boolean NOT NULL DEFAULT false,
  is_to_stop boolean NOT NULL DEFAULT false
);
`;
