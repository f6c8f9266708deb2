import type { MountPlan } from './mountplan.ts';

/** Where a covered folder itself is seen inside its cover; a session that is started inside another has its own. */
const behind = `.localprocess-k8s-${process.pid}`;

/**
 * What every script begins with. `mount -n` writes no table of mounts. A cover is built on /sys, of which nothing is
 * needed meanwhile, and then moved. Folders in it are mounts of the machine's; files are links to those of the
 * machine, so that one that is replaced is seen as well; links are copied, since relative ones lead on from here.
 */
const functions = `set -e
fill() { # FROM INTO HIDDEN WITHOUT: INTO shows what is in FROM, whose files are seen at HIDDEN, but /names/of/WITHOUT/
  from=$1 into=$2 hidden=$3 without=$4
  for kind in link folder file; do
    set --
    for entry in "$from"/* "$from"/.[!.]* "$from"/..?*; do
      name=\${entry##*/}
      case $without in *"/$name/"*) continue ;; esac
      if [ -L "$entry" ]; then is=link
      elif [ -d "$entry" ]; then is=folder
      elif [ -e "$entry" ]; then is=file
      else continue; fi
      if [ $is = $kind ]; then set -- "$@" "$name"; fi
    done
    if [ $# = 0 ]; then continue; fi
    cd "$into"
    case $kind in
    link) cd "$from/"; cp -P -- "$@" "$into" ;;
    folder) mkdir -- "$@"; for name; do mount -n --rbind "$from/$name" "$into/$name"; done ;;
    file)
      if [ -z "$hidden" ]; then for name; do : > "$name"; mount -n --bind "$from/$name" "$into/$name"; done
      else for name; do shift; set -- "$@" "$hidden/$name"; done; ln -s -- "$@" .; fi ;;
    esac
  done
}
cover() { # FOLDER WITHOUT
  mount -n -t tmpfs -o mode=755 localprocess-k8s /sys
  mkdir /sys/${behind}
  mount -n --rbind "$1" /sys/${behind}
  fill "$1" /sys "$1/${behind}" "/${behind}/$2"
  cd /
  mount -n --move /sys "$1"
}
root() { # WITHOUT: the same for /, which nothing can be moved onto
  mount -n -t tmpfs -o mode=755 localprocess-k8s /sys
  mkdir /sys/sys /sys/${behind}
  fill '' /sys '' "/sys/$1"
  cd /sys
  pivot_root . ${behind}
  mount -n --rbind /${behind}/sys /sys
  umount -n -l /${behind}
  rmdir /${behind}
}
folder() { [ -d "$2" ] || mkdir -p "$2"; mount -n --rbind "$1" "$2"; }
file() {
  [ -e "$2" ] || { mkdir -p "\${2%/*}/"; : > "$2"; }
  mount -n --bind "$1" "$2"
}
`;

/**
 * A program for \`sh\` that makes the namespace it runs in look as planned, and then becomes the command in its
 * arguments, by way of \`last\`. It prints to standard error only, and reads nothing.
 */
export function mountScript({ covers, mounts, files }: MountPlan, last: readonly string[]): string {
  const steps = [
    ...covers.map(({ folder, without }) => {
      const names = without.map((name) => `${name}/`).join('');
      return folder === '/' ? ['root', names] : ['cover', folder, names];
    }),
    ...mounts.map(({ from, to, kind }) => [kind, from, to]),
  ].map((words) => words.map(quoted).join(' '));
  const writes = files.map(({ path, text }) => `printf %s ${quoted(text)} > ${quoted(path)}`);
  // The debuggee's own PATH may lead nowhere; its folder is another one once the root is.
  return `${functions}here=$(pwd -P)
( PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH
${[...steps, ...writes].join('\n')}
) < /dev/null >&2
cd "$here"
exec ${[...last.map(quoted), '"$@"'].join(' ')}
`;
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
