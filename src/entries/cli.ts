import { version } from './version.ts';

/** Every command; each is loaded when it is called, so that a start loads one. */
const commands = [
  { name: 'run', about: 'plan, build, test and release a set of images here', load: () => import('./commands/run.ts') },
  { name: 'plan', about: 'show what a run would do', load: () => import('./commands/plan.ts') },
  {
    name: 'inspect',
    about: 'show digests, platforms and the record of an image',
    load: () => import('./commands/inspect.ts'),
  },
  { name: 'copy', about: 'copy an image from one place to another', load: () => import('./commands/copy.ts') },
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
