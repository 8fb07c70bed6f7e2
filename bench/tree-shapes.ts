/** A process tree that a shell starts; each of its processes inherits the shell's standard output. */
export interface TreeShape {
  name: string;
  /** Number of processes without the shell. */
  size: number;
  /** To be run with `sh -c script sh size script`. */
  script: string;
}

const flat = (size: number, start: string): string =>
  `i=0; while [ $i -lt ${size} ]; do ${start} & i=$((i+1)); done; wait`;
const CHAIN = 'if [ "$1" -gt 1 ]; then sh -c "$2" sh $(($1 - 1)) "$2"; else sleep 900; fi; exit';

export const TREE_SHAPES: TreeShape[] = [
  ...[10, 100, 500].map((size) => ({ name: `${size} children`, size, script: flat(size, 'sleep 900') })),
  { name: 'chain of 50', size: 50, script: CHAIN },
  { name: '20 sessions', size: 20, script: flat(20, 'setsid sleep 900') },
];
