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

/** Before another script for the superuser: the first argument is this one's, and what it prints is nobody's. */
export const patchFirst = `(${patchScript}
) > /dev/null 2>&1
shift
`;

const mark = 'slipway-probe-4f1c';

/**
 * Asks the user's shell for its environment, as the CLI does, and then a program with that environment for all that is to be known.
 * The user is `$1`, the shell that the container names `$2`, the folder of the image `$3`, the kind of probe `$4`, a path that programs
 * get in place of the shell's `$5`, and what is asked at the end `$6`.
 */
export const lookScript = `
command -v tr > /dev/null && command -v env > /dev/null || exit 1
slw_u=$1 slw_s=$2 slw_d=$3 slw_k=$4 slw_x=$5 slw_f=$6
unset PWD OLDPWD SHLVL
slw_a=$( { command -v getent > /dev/null 2>&1 && getent passwd "$slw_u"; } || grep -E "^$slw_u|^[^:]*:[^:]*:$slw_u:" /etc/passwd || true )
set -f; IFS=:; set -- $slw_a; unset IFS
slw_s=\${slw_s:-\${7:-/bin/sh}}
case \${slw_s##*/},$slw_k in
  pwsh,login*|pwsh-preview,login*) set -- -Login -Command ;;
  pwsh,*|pwsh-preview,*) set -- -Command ;;
  *,loginInteractiveShell) set -- -lic ;;
  *,interactiveShell) set -- -ic ;;
  *) set -- -lc ;;
esac
slw_p=
# Where the user may not go, it is asked where we are.
[ "$slw_k" = none ] || slw_p=$(
  cd "$slw_d" 2> /dev/null; unset PWD OLDPWD
  "$slw_s" "$@" 'echo -n ${mark}; cat /proc/self/environ; echo -n ${mark}' 2> /dev/null < /dev/null | tr '\\0' '\\036'
)
case $slw_p in *${mark}*${mark}*) slw_p=\${slw_p#*${mark}}; slw_p=\${slw_p%${mark}*} ;; *) slw_p= ;; esac
IFS=$(printf '\\036'); set --
for slw_v in $slw_p; do case $slw_v in PWD=*) ;; *=*) set -- "$@" "$slw_v" ;; esac; done
unset IFS
[ -z "$slw_x" ] || set -- "$@" "PATH=$slw_x"
printf '\\035'
exec env "$@" /bin/sh -c "$slw_f"`;
