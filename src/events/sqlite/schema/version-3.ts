/**
 * What a refused request looked like, and when each secret of an endpoint last verified one (epoch
 * milliseconds; null: never). The times stand with the endpoints: a row that is there anyway, and few of them.
 */
export const VERSION_3 = `
ALTER TABLE rejections ADD COLUMN headers TEXT NOT NULL DEFAULT '{}';
ALTER TABLE rejections ADD COLUMN body_bytes INTEGER;
ALTER TABLE endpoints ADD COLUMN current_matched_at INTEGER;
ALTER TABLE endpoints ADD COLUMN previous_matched_at INTEGER;
`;
