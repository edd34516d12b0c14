import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { account, small, talkative } from '../support/devcontainer-images.ts';
import { type StartCase, startBoth, witness } from '../support/devcontainer-starts.ts';
import { requireLab } from '../support/lab.ts';
import { type OtherUser, openOtherUser } from '../support/other-user.ts';
import { ensurePythonBase } from '../support/python-base.ts';

const LIMIT_MS = 240_000;
const lab = requireLab();
const belongings =
  'RUN cd /home/dev && mkdir -p a/b mounted && touch a/b/c mounted/x && ln -s a link && chown -R 1000:1000 .';
/** Of a machine whose user is the first one after that of the image. */
const numbered: Readonly<Record<string, StartCase>> = {
  'one who has a home, with mounts in it': {
    dockerfile: [...small, ...account, belongings, 'USER root'],
    entries: [
      {
        remoteUser: 'dev',
        mounts: [
          'type=tmpfs,target=/home/dev/mounted',
          // Nobody can give it to somebody else.
          { type: 'bind', source: '/proc/sys/kernel', target: '/home/dev/a/there' },
        ],
        postCreateCommand: witness('create'),
      },
    ],
  },
  'one with whom the container starts': {
    dockerfile: [...small, ...account, belongings, 'RUN echo "others:x:1001:" >> /etc/group', 'USER dev'],
    entries: [{ postCreateCommand: witness('create') }],
  },
  'one whose number somebody else has': {
    dockerfile: [...small, ...account, belongings, 'RUN echo "other:x:1001:1001::/:/bin/sh" >> /etc/passwd'],
    entries: [{ remoteUser: 'dev' }],
  },
  'one of a Debian': { dockerfile: talkative, entries: [{ containerUser: 'dev', postStartCommand: witness('start') }] },
};

describe('a container whose user gets the numbers of the machine', () => {
  let by: OtherUser;

  beforeAll(async () => {
    await ensurePythonBase(lab);
    by = await openOtherUser(lab);
  }, LIMIT_MS);

  afterAll(async () => await by[Symbol.asyncDispose]());

  it.each(Object.entries(numbered))(
    'is the one that the CLI starts with a layer more: %s',
    async (_, given) => {
      const { byCli, plain } = await startBoth(lab, { ...given, by });
      expect(plain).toEqual(byCli);
    },
    LIMIT_MS,
  );

  it(
    'is left to the CLI where the home of the user comes from elsewhere, and nothing of it stays',
    async () => {
      const mounts = ['type=tmpfs,target=/home/dev'];
      const { plain, left } = await startBoth(lab, {
        dockerfile: [...small, ...account],
        entries: [{ remoteUser: 'dev', mounts }],
        by,
      });
      expect({ plain, left }).toEqual({ plain: undefined, left: 0 });
    },
    LIMIT_MS,
  );
});
