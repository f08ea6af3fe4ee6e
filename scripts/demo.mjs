// What `npm start` sets up and `npm run send` talks to. The secrets protect nothing but the demo,
// which listens on the loopback interface only.
export const HOST = '127.0.0.1';
export const PORT = Number(process.env.PORT ?? 1880);

export const EXAMPLE = 'examples/02-github-and-stripe-to-an-api.json';

export const PROVIDERS = {
  github: { path: '/hooks/github', secret: 'demo-secret-of-github' },
  stripe: { path: '/hooks/stripe', secret: 'whsec_demo_secret_of_stripe' },
};

/** The environment variable under which the example finds the demo APIs on the port in use. */
export const DEMO_API = 'DEMO_API';
