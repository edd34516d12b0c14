import { version } from './version.ts';

/** Every command; each is loaded when it is called, so that a start loads one. */
const commands = [
  {
    name: 'init',
    about: 'write slipway.yml and a workflow for what is found here',
    load: () => import('./commands/init.ts'),
  },
  { name: 'run', about: 'plan, build, test and release a set of images here', load: () => import('./commands/run.ts') },
  { name: 'build', about: 'build images and keep them here', load: () => import('./commands/build.ts') },
  { name: 'scan', about: 'scan images that are kept here', load: () => import('./commands/scan.ts') },
  {
    name: 'test',
    about: 'test images that are kept here, or the bytes that a run built',
    load: () => import('./commands/test.ts'),
  },
  { name: 'plan', about: 'show what a run would do', load: () => import('./commands/plan.ts') },
  {
    name: 'inspect',
    about: 'show digests, platforms and the record of an image',
    load: () => import('./commands/inspect.ts'),
  },
  {
    name: 'verify',
    about: 'compare an image, or what is published, with what was tested',
    load: () => import('./commands/verify.ts'),
  },
  { name: 'explain', about: 'show why two images differ', load: () => import('./commands/explain.ts') },
  { name: 'push', about: 'give a proven set its immutable tags', load: () => import('./commands/push.ts') },
  {
    name: 'release',
    about: 'give a proven set all its tags, resume, or move a tag back',
    load: () => import('./commands/release.ts'),
  },
  { name: 'copy', about: 'copy an image from one place to another', load: () => import('./commands/copy.ts') },
  {
    name: 'devcontainer',
    about: 'run a command in the dev container of a repository',
    load: () => import('./commands/devcontainer.ts'),
  },
  { name: 'registry', about: 'serve a folder as a registry', load: () => import('./commands/registry.ts') },
  { name: 'prune', about: 'drop what nothing refers to from a store', load: () => import('./commands/prune.ts') },
  { name: 'doctor', about: 'say what this machine has and lacks', load: () => import('./commands/doctor.ts') },
] as const;

/** The command line. */
export async function main(words: readonly string[] = process.argv.slice(2)): Promise<void> {
  const [name, ...rest] = words;
  const print = (text: string): void => {
    process.stdout.write(text);
  };
  if (name === '--version') return print(`${version}\n`);
  const { finish } = await import('./finish.ts');
  process.exitCode = await finish(async (ports) => {
    const { programHelp, commandHelp } = await import('./help.ts');
    if (name === undefined || name === '--help' || name === 'help') {
      print(programHelp(commands));
      return name === undefined ? 2 : 0;
    }
    const { parseArguments, usageError } = await import('../adapters/arguments.ts');
    const known = commands.find((command) => command.name === name);
    if (known === undefined) {
      const { nearestName } = await import('../domain/nearest-name.ts');
      const nearest = nearestName(
        name,
        commands.map((command) => command.name),
      );
      throw usageError(
        `there is no command ${JSON.stringify(name)}`,
        nearest === undefined ? 'slipway --help lists them' : `did you mean slipway ${nearest}?`,
      );
    }
    const { command } = await known.load();
    const help = { kind: 'flag', about: '' } as const;
    const given = parseArguments(rest, { ...command.options, help });
    if (given.flag('help')) {
      print(commandHelp(command));
      return 0;
    }
    if (command.operands === undefined && given.positionals.length > 0) {
      throw usageError(
        `${JSON.stringify(given.positionals[0])} is not expected here`,
        `slipway ${name} --help shows what may be given`,
      );
    }
    const printClean = (text: string): void => print(ports.secrets.clean(text));
    return command.run({ ports, arguments: given, print: printClean });
  });
}
