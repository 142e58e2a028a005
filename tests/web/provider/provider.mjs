// A real OpenID Connect provider for the tests, with its own pages: node provider.mjs WAY_BACK SECRET
// GET /directory/kim/wards+desk puts Kim into these groups, as an organisation's directory would.
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

const [wayBack, secret] = process.argv.slice(2);
const directory = new Map();
const door = createServer();
door.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${door.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id: 'allpath', client_secret: secret, redirect_uris: [wayBack] }],
    claims: { openid: ['sub', 'groups'], profile: ['name', 'preferred_username'] },
    pkce: { required: () => true },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({
        sub: id, name: `Dr ${id} Sample`, preferred_username: id, groups: directory.get(id) ?? [],
      }),
    }),
    cookies: { keys: ['of the tests'] },
  });
  const answer = provider.callback();
  door.on('request', (asked, told) => {
    const [, first, name, groups] = decodeURIComponent(asked.url).split('/');
    if (first !== 'directory') {
      answer(asked, told);
      return;
    }
    directory.set(name, groups.split('+'));
    told.end();
  });
  console.log(issuer);
});
