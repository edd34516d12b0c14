import { z } from 'zod';
import { buildKitImage } from '../../domain/buildkit-image.ts';
import { refreshModes } from '../../domain/devcontainer/origin.ts';
import { pushModes } from '../../domain/devcontainer/push-decision.ts';
import { hazards } from '../../domain/devcontainer/refusals.ts';
import { venvNames } from '../../domain/devcontainer/venv-manager.ts';
import { defineAction, flag, lines, namedSignIn, optionalText, requiredText, words } from './definition.ts';

const venvChoices = ['auto', 'none', ...venvNames] as const;

export const devcontainerPrebuild = defineAction({
  name: 'devcontainer-prebuild',
  title: 'Slipway: dev container',
  about:
    'Run a command in the dev container of a repository: take the published image if nothing changed, build it if something did, and publish it where that is right',
  inputs: z.strictObject({
    image: requiredText(
      'Where the image is published: ghcr.io/owner/name, in any case, with or without a tag that moves',
    ),
    run: optionalText('What to run in the container: lines for bash, where the first that fails ends it'),
    config: optionalText('The devcontainer.json; by default .devcontainer/devcontainer.json or .devcontainer.json'),
    folder: optionalText('The folder of the project, if it is not the workspace'),
    push: z
      .enum(pushModes, { error: `write one of: ${pushModes.join(', ')}` })
      .prefault('filter')
      .describe(
        'Whether to publish what was built: never, filter (on push-events and push-refs) or always; a pull request never does',
      ),
    'push-events': words('The events that publish; by default push'),
    'push-refs': lines('Branches and tags that publish, as patterns, one on each line; by default the default branch'),
    allow: words(`What a pull request may do to the machine of the run, by name: ${hazards.join(', ')}`),
    refresh: z
      .enum([...refreshModes, ''], { error: `write one of: ${refreshModes.join(', ')}` })
      .transform((text) => (text === '' ? 'missing' : text))
      .prefault('missing')
      .describe(
        'When a run that publishes builds content anew that is published already: missing (never), stale (when a base image has moved) or always',
      ),
    'refresh-max-age': z
      .string()
      .regex(/^\d{0,4}$/, { error: 'write a number of days' })
      .transform((text) => (text === '' ? undefined : Number(text)))
      .prefault('')
      .describe('A run that publishes builds anew what is older than so many days'),
    platforms: words('The platforms to build for; by default that of the engine'),
    'hash-extra-files': lines(
      'More files or folders that decide the content of the image, such as what initializeCommand reads',
    ),
    'cache-from': lines('More places to read build caches from, one on each line; the published image is one already'),
    'cache-to': lines('Where to write a build cache; one line'),
    env: lines(
      'Variables for the hooks and the command, one on each line: NAME takes the value of this step, NAME=value sets one',
    ),
    venv: z
      .enum(venvChoices, { error: `write one of: ${venvChoices.join(', ')}` })
      .prefault('auto')
      .describe(
        'The tool whose packages are installed from its lock file and kept in the cache: auto (the first whose lock file is there), none, poetry, uv or pip',
      ),
    'venv-project': optionalText('The folder of the Python project in the repository'),
    'venv-args': words('More arguments of the installation, such as --with dev'),
    'cache-paths': lines('More folders of the repository to keep in the cache, one on each line'),
    'cache-key-files': lines('The files by whose content those folders are found again'),
    'update-uid': flag(
      'Give the user of the container the number of ours, so that both may write to the repository',
    ).prefault('true'),
    'cli-version': optionalText(
      'Another version of the devcontainer CLI than the one that comes with Slipway, such as 0.89.0',
    ),
    builder: optionalText(
      'The builder of buildx to use; by default the current one, or where that cannot write to disk, one that is made and removed',
    ),
    'buildkit-image': optionalText(`The image of BuildKit that such a builder is made of; by default ${buildKitImage}`),
    ...namedSignIn,
  }),
  outputs: {
    image: 'The image by its digest; empty where it is not published',
    digest: 'The digest of the image',
    tag: 'The tag of its content: dc- and sixteen digits',
    'content-hash': 'The hash of everything that decides its content',
    mode: 'reuse or build',
    built: 'true or false',
    pushed: 'true or false: whether layers and the tag of the content were written',
    'push-reason':
      'Why it was published or not: filter, always, never, event, ref, unsafe, exists, retagged or command-failed',
    'latest-moved': 'true or false: whether the tag that moves names another image now',
    'venv-cache-hit': 'exact, partial or miss; empty without packages',
    'venv-key': 'The key of the cache of packages',
    'python-version': 'The version of Python in the container',
    'command-exit-code': 'The exit code of the command',
    'command-output': 'What the command wrote to its standard output, at most the last 64 KiB',
    'container-id': 'The container, which lives until the end of the job',
    'hash-explain':
      'As JSON: inputs has the digest of each input of the content hash; changes says after a build which differ from the image behind the tag that moves, or is null where that is not known',
    timings: 'Milliseconds for each part, as JSON',
  },
  post: true,
  page: 'The container is removed after the job. What decides whether anything is built, and when an image is published, is in [docs/devcontainer.md](../../docs/devcontainer.md).',
});
