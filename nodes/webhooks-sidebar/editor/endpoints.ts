import type { EndpointActivity } from '../../../src/events/minute-counts';
import type { ActivityDto } from '../../../src/history/dto';
import { apiGet } from '../../shared/editor/admin-api';

export interface EndpointInfo {
  readonly nodeId: string;
  readonly endpoint: string;
  readonly path: string;
  readonly name: string;
  readonly methods: readonly string[];
  readonly provider: string;
  readonly enabled: boolean;
}

/** The endpoints that are deployed, and what came to them in the last hour. */
export class Endpoints {
  all: readonly EndpointInfo[] = [];
  activity: ActivityDto | null = null;

  async load(): Promise<void> {
    const { endpoints } = await apiGet<{ endpoints: EndpointInfo[] }>('/endpoints');
    this.all = [...endpoints].sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  async loadActivity(): Promise<void> {
    this.activity = await apiGet<ActivityDto>('/activity');
  }

  activityOf(endpoint: string): EndpointActivity | undefined {
    return this.activity?.endpoints.find((each) => each.endpoint === endpoint);
  }
}
