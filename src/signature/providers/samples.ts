// Written by scripts/generate-catalogue.mjs from scripts/catalogue/samples.json: change that file.
import type { Sample } from '../sample';

/** Requests of senders, by the id of the provider. */
export const SAMPLES: Readonly<Record<string, Sample>> = {
  github: {
    headers: {
      'user-agent': 'GitHub-Hookshot/0000000',
      'x-github-event': 'push',
      'x-github-hook-id': '292430182',
    },
    json: {
      ref: 'refs/heads/main',
      before: '6113728f27ae82c7b1a177c8d03f9e96e0adf246',
      after: '0d1a26e67d8f5eaf1f6ba5c57fc3c7d91ac0fd1c',
      repository: {
        id: 186853002,
        full_name: 'octocat/hello-world',
        private: false,
        html_url: 'https://github.com/octocat/hello-world',
      },
      pusher: { name: 'octocat', email: 'octocat@example.com' },
      sender: { login: 'octocat', id: 583231, type: 'User' },
      commits: [
        {
          id: '0d1a26e67d8f5eaf1f6ba5c57fc3c7d91ac0fd1c',
          message: 'Update README.md',
          author: { name: 'The Octocat', email: 'octocat@example.com' },
          added: [],
          removed: [],
          modified: ['README.md'],
        },
      ],
    },
  },
  stripe: {
    headers: { 'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)' },
    json: {
      id: 'evt_test',
      object: 'event',
      api_version: '2024-06-20',
      created: 1717000000,
      type: 'payment_intent.succeeded',
      livemode: false,
      data: {
        object: {
          id: 'pi_3PLtest',
          object: 'payment_intent',
          amount: 1999,
          currency: 'eur',
          status: 'succeeded',
          metadata: { order: '1001' },
        },
      },
    },
  },
  shopify: {
    headers: {
      'x-shopify-topic': 'orders/create',
      'x-shopify-shop-domain': 'example.myshopify.com',
      'x-shopify-api-version': '2024-04',
    },
    json: {
      id: 820982911946154500,
      email: 'jon@example.com',
      created_at: '2024-06-01T12:00:00-04:00',
      currency: 'USD',
      total_price: '29.95',
      line_items: [{ id: 866550311766439000, title: 'T-shirt', quantity: 1, price: '29.95' }],
    },
  },
  slack: {
    json: {
      token: 'deprecated',
      team_id: 'T0001',
      api_app_id: 'A0001',
      type: 'event_callback',
      event_id: 'Ev0001',
      event_time: 1717000000,
      event: {
        type: 'app_mention',
        user: 'U0001',
        text: '<@U0LAN0Z89> is it everything a river should be?',
        ts: '1717000000.000100',
        channel: 'C0001',
      },
    },
  },
  'gitlab-token': {
    headers: { 'x-gitlab-event': 'Push Hook' },
    json: {
      object_kind: 'push',
      event_name: 'push',
      ref: 'refs/heads/main',
      user_name: 'Jane Doe',
      project: {
        id: 15,
        path_with_namespace: 'jane/example',
        web_url: 'https://gitlab.example.com/jane/example',
      },
      commits: [
        {
          id: 'da1560886d4f094c3e6c9ef40349f7d38b5d27d7',
          message: 'Fix the typo',
          author: { name: 'Jane Doe', email: 'jane@example.com' },
        },
      ],
      total_commits_count: 1,
    },
  },
  'gitlab-signed': {
    headers: { 'x-gitlab-event': 'Push Hook' },
    json: {
      object_kind: 'push',
      event_name: 'push',
      ref: 'refs/heads/main',
      user_name: 'Jane Doe',
      project: { id: 15, path_with_namespace: 'jane/example' },
      total_commits_count: 1,
    },
  },
  gitea: {
    headers: { 'x-gitea-event': 'push' },
    json: {
      ref: 'refs/heads/main',
      before: '28e1879d029cb852e4844d9c718537df08844e03',
      after: 'bffeb74224043ba2feb48d137756c8a9331c449a',
      repository: { full_name: 'jane/webhooks' },
      pusher: { login: 'jane' },
      commits: [{ id: 'bffeb74224043ba2feb48d137756c8a9331c449a', message: 'Webhooks' }],
    },
  },
  bitbucket: {
    headers: { 'x-event-key': 'repo:push' },
    json: {
      actor: { display_name: 'Emma' },
      repository: { full_name: 'team_name/repo_name' },
      push: { changes: [{ new: { type: 'branch', name: 'main' } }] },
    },
  },
  jira: {
    json: {
      timestamp: 1717000000000,
      webhookEvent: 'jira:issue_created',
      issue: {
        id: '99291',
        key: 'JRA-20002',
        fields: { summary: 'I feel the need for speed', labels: ['UI'] },
      },
      user: { displayName: 'Bryan Rollins' },
    },
  },
  adyen: {
    json: {
      live: 'false',
      notificationItems: [
        {
          NotificationRequestItem: {
            pspReference: '7914073381342284',
            merchantAccountCode: 'TestMerchant',
            merchantReference: 'order-1001',
            amount: { value: 1130, currency: 'EUR' },
            eventCode: 'AUTHORISATION',
            eventDate: '2024-06-01T12:00:00+02:00',
            success: 'true',
            additionalData: {},
          },
        },
      ],
    },
  },
  braintree: {
    form: { bt_payload: 'PG5vdGlmaWNhdGlvbj48a2luZD5jaGVjazwva2luZD48L25vdGlmaWNhdGlvbj4=\n' },
  },
  paddle: {
    json: {
      event_id: 'evt_test',
      event_type: 'transaction.completed',
      occurred_at: '2024-06-01T12:00:00Z',
      notification_id: 'ntf_test',
      data: { id: 'txn_test', status: 'completed', currency_code: 'USD' },
    },
  },
  square: {
    json: {
      merchant_id: '6SSW7HV8K2ST5',
      type: 'payment.created',
      event_id: 'test',
      created_at: '2024-06-01T12:00:00Z',
      data: {
        type: 'payment',
        id: 'KkAkhdMsgzn59SM8A89WgKwekxLZY',
        object: { payment: { amount_money: { amount: 100, currency: 'USD' }, status: 'APPROVED' } },
      },
    },
  },
  mailgun: {
    json: {
      signature: { timestamp: '0', token: '' },
      'event-data': {
        event: 'delivered',
        id: 'CPgfbmQMTCKtHW6uIWtuVe',
        recipient: 'alice@example.com',
        message: { headers: { subject: 'Hello' } },
      },
    },
  },
  postmark: {
    json: {
      RecordType: 'Delivery',
      ServerID: 23,
      MessageID: '883953f4-6105-42a2-a16a-77a8eac79483',
      Recipient: 'john@example.com',
      DeliveredAt: '2024-06-01T12:00:00Z',
    },
  },
  twilio: {
    form: {
      MessageSid: 'SM00000000000000000000000000000000',
      AccountSid: 'AC00000000000000000000000000000000',
      From: '+14155550100',
      To: '+14155550101',
      Body: 'Hello there',
      NumMedia: '0',
    },
  },
  telegram: {
    json: {
      update_id: 10000,
      message: {
        message_id: 1365,
        date: 1717000000,
        chat: { id: 1111111, type: 'private', first_name: 'Test' },
        from: { id: 1111111, first_name: 'Test' },
        text: '/start',
      },
    },
  },
  line: {
    json: {
      destination: 'U0000',
      events: [
        {
          type: 'message',
          webhookEventId: '01FZ74A0TDDPYRVKNK77XKC3ZR',
          deliveryContext: { isRedelivery: false },
          timestamp: 1717000000000,
          source: { type: 'user', userId: 'U4af4980629' },
          message: { id: '444573844083572737', type: 'text', text: 'Hello' },
        },
      ],
    },
  },
  meta: {
    json: {
      object: 'page',
      entry: [
        {
          id: '0',
          time: 1717000000,
          changes: [{ field: 'feed', value: { item: 'status', verb: 'add', message: 'Hello' } }],
        },
      ],
    },
  },
  typeform: {
    json: {
      event_id: 'test',
      event_type: 'form_response',
      form_response: {
        form_id: 'lT4Z3j',
        token: 'a3a12ec67a1365927098a606107fac15',
        submitted_at: '2024-06-01T12:00:00Z',
        answers: [
          {
            type: 'text',
            text: 'It has been a pleasure',
            field: { id: 'DlXFaesGBpoF', type: 'long_text' },
          },
        ],
      },
    },
  },
  linear: {
    headers: { 'linear-event': 'Issue' },
    json: {
      action: 'create',
      type: 'Issue',
      createdAt: '2024-06-01T12:00:00Z',
      data: {
        id: '2174add1-f7c8-44e3-bbf3-2d60b5ea8bc9',
        title: 'Find the bug',
        state: { name: 'Todo' },
      },
      webhookTimestamp: 0,
      webhookId: '000042e3-d123-4980-b49f-8e140eef9329',
    },
  },
  sentry: {
    headers: { 'sentry-hook-resource': 'issue' },
    json: {
      action: 'created',
      installation: { uuid: '24b3f87a-0000-4000-8000-000000000000' },
      data: {
        issue: {
          id: '1170820242',
          title: 'ReferenceError: blooopy is not defined',
          level: 'error',
          project: { slug: 'front-end' },
        },
      },
    },
  },
  pagerduty: {
    json: {
      event: {
        id: 'test',
        event_type: 'incident.triggered',
        resource_type: 'incident',
        occurred_at: '2024-06-01T12:00:00.000Z',
        data: {
          id: 'PGR0VU2',
          title: 'The server is on fire',
          status: 'triggered',
          urgency: 'high',
        },
      },
    },
  },
  grafana: {
    json: {
      receiver: 'webhook',
      status: 'firing',
      orgId: 1,
      alerts: [
        {
          status: 'firing',
          labels: { alertname: 'High memory usage', team: 'blue' },
          annotations: { summary: 'The system has high memory usage' },
          startsAt: '2024-06-01T12:00:00Z',
        },
      ],
      title: '[FIRING:1] High memory usage',
    },
  },
  alertmanager: {
    json: {
      version: '4',
      receiver: 'webhook',
      status: 'firing',
      alerts: [
        {
          status: 'firing',
          labels: { alertname: 'InstanceDown', instance: 'localhost:9090', severity: 'page' },
          annotations: { summary: 'Instance down' },
          startsAt: '2024-06-01T12:00:00Z',
        },
      ],
    },
  },
  twitch: {
    headers: {
      'twitch-eventsub-message-type': 'notification',
      'twitch-eventsub-subscription-type': 'channel.follow',
      'twitch-eventsub-subscription-version': '2',
    },
    json: {
      subscription: {
        id: 'f1c2a387-161a-49f9-a165-0f21d7a4e1c4',
        type: 'channel.follow',
        status: 'enabled',
      },
      event: {
        user_name: 'Cool_User',
        broadcaster_user_name: 'Cooler_User',
        followed_at: '2024-06-01T12:00:00Z',
      },
    },
  },
  zoom: {
    json: {
      event: 'meeting.started',
      event_ts: 1717000000000,
      payload: {
        account_id: 'AAAAAABBBB',
        object: { id: '1234567890', topic: 'My Meeting', type: 2 },
      },
    },
  },
  woocommerce: {
    headers: {
      'x-wc-webhook-topic': 'order.created',
      'x-wc-webhook-resource': 'order',
      'x-wc-webhook-event': 'created',
    },
    json: {
      id: 727,
      status: 'processing',
      currency: 'USD',
      total: '29.35',
      billing: { first_name: 'John', email: 'john.doe@example.com' },
    },
  },
  msgraph: {
    json: {
      value: [
        {
          id: 'lsgTZMr9KwAAA',
          subscriptionId: '7f105c7d-2dc5-4530-97cd-4e7ae6534c07',
          changeType: 'created',
          resource: 'users/me/messages/1',
          tenantId: '84bd8158-6d4d-4958-8b9f-9d6445542f95',
        },
      ],
    },
  },
  'azure-eventgrid': {
    json: [
      {
        id: '831e1650-001e-001b-66ab-eeb76e069631',
        topic:
          '/subscriptions/0/resourceGroups/Storage/providers/Microsoft.Storage/storageAccounts/test',
        subject: '/blobServices/default/containers/test/blobs/new.txt',
        eventType: 'Microsoft.Storage.BlobCreated',
        eventTime: '2024-06-01T12:00:00Z',
        data: { api: 'PutBlockList' },
        dataVersion: '1',
      },
    ],
  },
  'docker-hub': {
    json: {
      push_data: { pushed_at: 1717000000, pusher: 'jane', tag: 'latest' },
      repository: { repo_name: 'jane/example', status: 'Active' },
    },
  },
  'hubspot-v3': {
    json: [
      {
        eventId: 1,
        subscriptionId: 12345,
        portalId: 62515,
        occurredAt: 1717000000000,
        subscriptionType: 'contact.creation',
        attemptNumber: 0,
        objectId: 123,
      },
    ],
  },
  contentful: {
    headers: {
      'x-contentful-topic': 'ContentManagement.Entry.publish',
      'x-contentful-signed-headers':
        'x-contentful-signed-headers,x-contentful-timestamp,x-contentful-topic',
    },
    json: {
      sys: { type: 'Entry', id: '5KsDBWseXY6QegucYAoacS', revision: 1 },
      fields: { title: { 'en-US': 'Hello' } },
    },
  },
  'coinbase-cdp': {
    headers: { 'x-event-id': 'test' },
    json: { eventType: 'payment.captured', data: { amount: '1.00', currency: 'USDC' } },
    listItems: { h: 'content-type' },
  },
  hygraph: {
    json: {
      operation: 'publish',
      data: { __typename: 'Post', id: 'cl0000000000', stage: 'PUBLISHED' },
    },
    listItems: { env: 'master' },
  },
  mercadopago: {
    headers: { 'x-request-id': '00000000-0000-4000-8000-000000000000' },
    query: { 'data.id': '123456', type: 'payment' },
    json: {
      id: 12345,
      live_mode: false,
      type: 'payment',
      action: 'payment.created',
      data: { id: '123456' },
    },
  },
  figma: {
    json: {
      event_type: 'FILE_UPDATE',
      file_key: 'zH8IrWn7bfyDjGJZO34Bm6',
      file_name: 'Example',
      timestamp: '2024-06-01T12:00:00Z',
      webhook_id: '22',
    },
  },
  intercom: {
    json: {
      type: 'notification_event',
      id: 'notif_test',
      topic: 'conversation.user.created',
      app_id: 'test',
      created_at: 1717000000,
      data: { type: 'notification_event_data', item: { type: 'conversation', id: '1' } },
    },
  },
  asana: {
    json: {
      events: [
        {
          action: 'changed',
          created_at: '2024-06-01T12:00:00.000Z',
          resource: { gid: '1337', resource_type: 'task' },
          change: { field: 'completed', action: 'changed', new_value: true },
        },
      ],
    },
  },
  notion: {
    json: {
      id: 'test',
      timestamp: '2024-06-01T12:00:00.000Z',
      type: 'page.created',
      entity: { id: '153104cd-477e-809d-8dc4-ff2d96ae3090', type: 'page' },
    },
  },
  dropbox: {
    json: {
      list_folder: { accounts: ['dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc'] },
      delta: { users: [12345678] },
    },
  },
  lark: {
    json: {
      schema: '2.0',
      header: {
        event_id: 'test',
        event_type: 'im.message.receive_v1',
        create_time: '1717000000000',
        app_id: 'cli_test',
      },
      event: { message: { message_type: 'text', content: '{"text":"hello"}' } },
    },
  },
  docusign: {
    signatureHeader: 'x-docusign-signature-1',
    json: {
      event: 'envelope-completed',
      apiVersion: 'v2.1',
      configurationId: 1,
      data: {
        accountId: 'test',
        envelopeId: 'test',
        envelopeSummary: { status: 'completed', emailSubject: 'Please sign' },
      },
    },
  },
};
