import type { PlainStart } from '../../domain/devcontainer/plain-start.ts';
import type { Hook } from '../../domain/devcontainer/start-metadata.ts';
import { factsScript } from './probe.ts';

/** What is given to programs comes under names of its own, so that the shells that are asked for theirs do not see it. */
export const givenPrefixes = { remote: 'slw_r_', hook: 'slw_h_' } as const;
/** Between the parts of what a script says, and between variables: nobody has them in a value. */
export const partEnd = '\x1d';
export const pairEnd = '\x1e';
/** How a script ends when a hook has failed. */
export const hookFailed = 98;

const data = '/var/devcontainer';
const mark = 'slipway-probe-4f1c';

/** What the CLI does to a new container as the superuser, so that every shell there finds its environment. */
export function patchScript({ containerEnv }: PlainStart): string {
  const lines = Object.entries(containerEnv).map(([name, value]) => `\n${name}="${value}"`);
  const once = (name: string, body: string): string => {
    const file = `${data}/.${name}Marker`;
    const isNew = `test ! -f ${file} && set -o noclobber && mkdir -p ${data} && { > ${file} ; } 2> /dev/null`;
    return `if ( ${isNew} ); then ${body}; fi`;
  };
  const profile = `sed -i -E 's/((^|\\s)PATH=)([^\\$]*)$/\\1\${PATH:-\\3}/g' /etc/profile`;
  return [
    once('patchEtcEnvironment', `printf %s ${word(`${lines.join('')}\n`)} >> /etc/environment`),
    once('patchEtcProfile', profile),
  ].join('\n');
}

/**
 * Does in one program what the CLI does in several: asks the user's shell for its environment, runs hooks in it, asks again,
 * and says at the end what is in the image and in the environment of a program there.
 */
export function sessionScript(
  plain: PlainStart,
  {
    hooks,
    names,
    label,
  }: { readonly hooks: readonly Hook[]; readonly names: readonly string[]; readonly label: string },
): string {
  const remote = Object.keys(plain.remoteEnv);
  const run = (known: readonly string[], command: readonly string[]): string =>
    `( slw_l=${word(known.join(' '))}; eval "$slw_x"; exec "$slw_e" "$@" ${command.map(word).join(' ')} ) </dev/null`;
  const given = [
    ...remote.map((name) => givenPrefixes.remote + name),
    ...names.map((name) => givenPrefixes.hook + name),
  ];
  return [
    'command -v tr >/dev/null && slw_e=$(command -v env) || exit',
    // Kept, and given to nobody who is not meant.
    ...given.map((name) => `slw_v=$${name}; unset ${name}; ${name}=$slw_v`),
    `slw_k=${word(remote.join(' '))}`,
    'unset PWD OLDPWD SHLVL',
    ...accountLines(plain),
    `slw_x=${word(enterLines.join('\n'))}`,
    ...lookLines(plain),
    'look',
    `printf '\\035'`,
    ...hookLines(hooks, label, (command) => run(names, command)),
    ...(hooks.length === 0 ? [] : ['look']),
    run([], ['/bin/sh', '-c', `${factsScript}\ncat /proc/self/environ | tr '\\0' '\\036'`]),
  ].join('\n');
}

/** The user's shell and home, from what the image says of accounts. */
function accountLines({ user, containerEnv }: PlainStart): readonly string[] {
  const { SHELL: shell, HOME: home } = containerEnv;
  const known = `command -v getent >/dev/null 2>&1 && getent passwd '${user}'`;
  const isOwn = '[ "$slw_h" = "$6" ] || [ "$3" = 0 ] || [ ! -e "$slw_h" ] || [ -w "$slw_h" ]';
  return [
    `slw_a=$( (${known} || grep -E '^${user}|^[^:]*:[^:]*:${user}:' /etc/passwd || true) )`,
    'set -f; IFS=:; set -- $slw_a; unset IFS',
    `slw_s=${shell === undefined || shell === '' ? `\${7:-/bin/sh}` : word(shell)}`,
    `slw_h=${word(home ?? '')}; [ -n "$slw_h" ] && { ${isOwn}; } || slw_h=\${6:-/root}`,
  ];
}

/** Asks the user's shell, as a terminal would start it. */
function lookLines({ probe, workdir }: PlainStart): readonly string[] {
  if (probe === 'none') return ['look() { slw_p=; }'];
  const isLogin = probe.startsWith('login');
  const flags = { loginInteractiveShell: '-lic', interactiveShell: '-ic', loginShell: '-lc' }[probe];
  const ask = `echo -n ${mark}; cat /proc/self/environ; echo -n ${mark}`;
  return [
    'look() {',
    `case \${slw_s##*/} in pwsh|pwsh-preview) set -- ${isLogin ? '-Login ' : ''}-Command ;; *) set -- ${flags} ;; esac`,
    // Where the user may not go, it is asked where we are.
    `slw_p=$(cd ${word(workdir)} 2>/dev/null; unset PWD OLDPWD; "$slw_s" "$@" '${ask}' 2>/dev/null </dev/null | tr '\\0' '\\036')`,
    `case $slw_p in *${mark}*${mark}*) slw_p=\${slw_p#*${mark}}; slw_p=\${slw_p%${mark}*} ;; *) slw_p= ;; esac`,
    '}',
  ];
}

/** Makes a subshell one where a program of the user starts: what it is given, and in `$@` what the shell has said. */
const enterLines: readonly string[] = [
  `for slw_n in $slw_k; do eval "export $slw_n=\\"\\$${givenPrefixes.remote}$slw_n\\""; done`,
  `for slw_n in $slw_l; do eval "export $slw_n=\\"\\$${givenPrefixes.hook}$slw_n\\""; done`,
  "set -f; IFS=$(printf '\\036'); set --",
  'for slw_v in $slw_p; do',
  `slw_n=\${slw_v%%=*}`,
  'case $slw_v in *=*) case " PWD $slw_k $slw_l " in *" $slw_n "*) ;; *) set -- "$@" "$slw_v" ;; esac ;; esac',
  'done',
];

/** Each hook once in the life of the container, and the commands of one beside each other. */
function hookLines(
  hooks: readonly Hook[],
  label: string,
  run: (command: readonly string[]) => string,
): readonly string[] {
  const lines: string[] = [];
  let before: string | undefined;
  for (const { name, origin, commands } of hooks) {
    if (name !== before) lines.push(name === 'postAttachCommand' ? 'slw_g=1' : onceLine(name, label));
    before = name;
    const what = `${name} from ${origin === 'devcontainer.json' ? origin : `Feature '${origin}'`}`;
    const fail = `printf '%s\\035' ${word(what)} "$slw_f"; exit ${hookFailed}`;
    lines.push(
      `if [ $slw_g = 1 ]; then echo ${word(`Running the ${what}...`)} >&2; slw_j=; slw_f=0`,
      // What runs in the background cannot be interrupted.
      ...commands.map((command) =>
        commands.length === 1 ? `${run(command)} >&2 || slw_f=$?` : `${run(command)} >&2 & slw_j="$slw_j $!"`,
      ),
      'for slw_i in $slw_j; do wait $slw_i || slw_f=$?; done',
      `[ $slw_f = 0 ] || { ${fail}; }; fi`,
    );
  }
  return lines;
}

function onceLine(name: string, label: string): string {
  const [file, content] = [`"$slw_h/.devcontainer/.${name}Marker"`, word(label)];
  const read = `slw_c=$(cat ${file} 2>/dev/null || echo ENOENT)`;
  const isNew = `[ "\${slw_c:-${label}}" != ${content} ] && echo ${content} > ${file}`;
  return `( mkdir -p "$slw_h/.devcontainer" && ${read} && ${isNew} ) 2>/dev/null && slw_g=1 || slw_g=0`;
}

/** A text as one word of a shell. */
function word(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
