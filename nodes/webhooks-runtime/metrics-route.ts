import type { MetricsService } from '../../src/metrics/metrics-service';
import { TextAnswer, type AdminRoute } from '../shared/runtime/admin-routes';

/** What a Prometheus server scrapes; docs/METRICS.md describes it. */
export function metricsRoute(metrics: MetricsService): AdminRoute {
  return {
    method: 'get',
    path: '/metrics',
    permission: 'webhooks.metrics.read',
    async answer({ headers }) {
      const { contentType, text } = await metrics.scrape(headers.accept?.toString());
      return new TextAnswer(contentType, text);
    },
  };
}
