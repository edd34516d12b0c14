/** Between the parts of what a script says, and between variables: nobody has them in a value. */
export const partEnd = '\x1d';
export const pairEnd = '\x1e';

/**
 * What the CLI does to a new container as the superuser, so that every shell there finds its environment. `$1` is what is added to
 * `/etc/environment`.
 */
export const patchScript = `
once() ( test ! -f "$1" && set -o noclobber && mkdir -p /var/devcontainer && { > "$1" ; } 2> /dev/null )
if once /var/devcontainer/.patchEtcEnvironmentMarker; then printf %s "$1" >> /etc/environment; fi
if once /var/devcontainer/.patchEtcProfileMarker; then
  sed -i -E 's/((^|\\s)PATH=)([^\\$]*)$/\\1\${PATH:-\\3}/g' /etc/profile
fi`;

/**
 * Gives the user `$1` the numbers `$2` and `$3`, with all that is in its home and not mounted there, as the CLI does it in a layer
 * more. Numbers that somebody has already are left to them. What is odd ends it with 3, before anything is changed.
 */
export const renumberScript = `
slw_u=$1 slw_n=$2 slw_g=$3
slw_a=$(grep "^$slw_u:" /etc/passwd) || exit 0
set -f; IFS=:; set -- $slw_a; unset IFS
slw_n0=$3 slw_g0=$4 slw_h=$6
[ "$slw_n0:$slw_g0" != "$slw_n:$slw_g" ] || exit 0
[ "$slw_n0" = "$slw_n" ] || ! grep -q "^[^:]*:[^:]*:$slw_n:" /etc/passwd || exit 0
! grep -q "^[^:]*:[^:]*:$slw_g:" /etc/group || slw_g=$slw_g0
for slw_c in sed find chown; do command -v "$slw_c" > /dev/null || exit 3; done
case $slw_h in /[!/]*) ;; *) exit 3 ;; esac
[ ! -L "$slw_h" ] && slw_h=$(cd -P "$slw_h" 2> /dev/null && pwd -P) || exit 3
case $slw_h in / | *[!A-Za-z0-9._/-]*) exit 3 ;; esac
set --
while read -r slw_d slw_m slw_r; do
  case $slw_m in
    "$slw_h") exit 3 ;;
    "$slw_h"/*[!A-Za-z0-9._/-]*) exit 3 ;;
    "$slw_h"/*) set -- "$@" -path "$slw_m" -prune -o ;;
  esac
done < /proc/self/mounts
sed -i -e "s/^\\($slw_u:[^:]*:\\)[^:]*:[^:]*/\\1$slw_n:$slw_g/" /etc/passwd || exit 4
sed -i -e "s/^\\([^:]*:[^:]*:\\)$slw_g0:/\\1$slw_g:/" /etc/group || exit 4
find "$slw_h" "$@" -exec chown -h "$slw_n:$slw_g" {} + || exit 4
`;

/** Before another script for the superuser: the first argument is this one's, and what it prints is nobody's. */
export const patchFirst = `(${patchScript}
) > /dev/null 2>&1
shift
`;

const mark = 'slipway-probe-4f1c';

/**
 * What the scripts for a user have in common: `look` asks the shell of the user for its environment, as the CLI does, and `as_user` starts a
 * program with it. The user is `$1`, the shell that the container names `$2`, the folder of the image `$3`, the kind of
 * probe `$4`, a path that programs get in place of the shell's `$5`, and what is asked at the end `$6`; they are taken away.
 */
const forUser = `
command -v tr > /dev/null && command -v env > /dev/null || exit 1
slw_u=$1 slw_s=$2 slw_d=$3 slw_k=$4 slw_x=$5 slw_f=$6
shift 6
unset PWD OLDPWD SHLVL
set -f
look() {
  slw_p=
  [ "$slw_k" != none ] || return 0
  slw_a=$( { command -v getent > /dev/null 2>&1 && getent passwd "$slw_u"; } || grep -E "^$slw_u|^[^:]*:[^:]*:$slw_u:" /etc/passwd || true )
  IFS=:; set -- $slw_a; unset IFS
  slw_t=\${slw_s:-\${7:-/bin/sh}}
  case \${slw_t##*/},$slw_k in
    pwsh,login*|pwsh-preview,login*) set -- -Login -Command ;;
    pwsh,*|pwsh-preview,*) set -- -Command ;;
    *,loginInteractiveShell) set -- -lic ;;
    *,interactiveShell) set -- -ic ;;
    *) set -- -lc ;;
  esac
  # Where the user may not go, it is asked where we are.
  slw_p=$(
    cd "$slw_d" 2> /dev/null; unset PWD OLDPWD
    "$slw_t" "$@" 'echo -n ${mark}; cat /proc/self/environ; echo -n ${mark}' 2> /dev/null < /dev/null | tr '\\0' '\\036'
  )
  case $slw_p in *${mark}*${mark}*) slw_p=\${slw_p#*${mark}}; slw_p=\${slw_p%${mark}*} ;; *) slw_p= ;; esac
}
as_user() {
  # What stands nearest to the program is what counts.
  [ -z "$slw_x" ] || set -- "PATH=$slw_x" "$@"
  IFS=$(printf '\\036')
  for slw_v in $slw_p; do case $slw_v in PWD=*|OLDPWD=*|SHLVL=*|_=*) ;; *=*) set -- "$slw_v" "$@" ;; esac; done
  unset IFS
  env "$@"
}`;

const answer = `
look
printf '\\035'
as_user /bin/sh -c "$slw_f"`;

/** Asks a program with the environment of the user for all that is to be known. */
export const lookScript = forUser + answer;

/** Before each hook, and then its place in the list. */
export const hookMark = `${partEnd}hook `;

/** Runs hooks, the texts behind the arguments of all, one after the other; then looks, since one may have changed what shells say. */
export const hooksScript = `${forUser}
look
slw_i=0
for slw_h in "$@"; do
  printf '\\035hook %s\\n' "$slw_i"
  as_user /bin/sh -c "$slw_h" < /dev/null || exit $?
  slw_i=$((slw_i + 1))
done${answer}`;
