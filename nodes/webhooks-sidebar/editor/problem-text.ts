import { ApiProblem, UNEXPECTED } from '../../shared/editor/admin-api';
import { said } from '../../shared/editor/said';
import { t } from './red-editor';

/** Why something did not work, in words: the server's own where it has some. */
export function problemText(thrown: unknown): string {
  if (!(thrown instanceof ApiProblem)) return t('error.unexpected');
  if (thrown.status === 401) return t('error.notAllowed');
  if (thrown.status === 0) return t('error.noAnswer');
  return thrown.code === UNEXPECTED
    ? t('error.status', { status: thrown.status })
    : said(thrown.message);
}
