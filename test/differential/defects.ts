/** One defect of the original that was measured, and what shows that it is not here. */
export interface Defect {
  id: string;
  /** What it did. */
  was: string;
  /** File of this folder with a test whose title begins with the id. */
  test?: 'engine.test.ts' | 'temporal.test.ts' | 'recycled.test.ts';
  /** Why it cannot exist here. */
  cannot?: string;
}

/** What was measured on the original: tracking by pid on Ray. */
export const defects: Defect[] = [
  { id: 'D1', was: "the driver's SIGTERM handler is never installed", test: 'temporal.test.ts' },
  {
    id: 'D2',
    was: 'a body whose process was killed returns a value: cancelled looks like finished',
    test: 'temporal.test.ts',
  },
  { id: 'D3', was: 'a body with a fallback starts its next process after the kill', test: 'temporal.test.ts' },
  { id: 'D4', was: 'a process registered while its task is cancelled leaks', test: 'engine.test.ts' },
  { id: 'D5', was: 'a cancel does not reach a body that blocks in a wait', test: 'temporal.test.ts' },
  {
    id: 'D6',
    was: 'the registry dies with the worker that owns it, and what comes after is untracked',
    test: 'temporal.test.ts',
  },
  { id: 'D7', was: 'a bystander that has the number of a finished process is killed', test: 'recycled.test.ts' },
  { id: 'D8', was: "one driver's SIGTERM kills the processes of another's job", test: 'temporal.test.ts' },
  { id: 'D9', was: "an inner scope that ends takes the outer's tracking with it", test: 'engine.test.ts' },
  { id: 'D10', was: 'a cancel of the outer task leaves the process of the inner one', test: 'temporal.test.ts' },
  {
    id: 'D11',
    was: 'a cancel of one call kills the process of another call in the same worker',
    test: 'temporal.test.ts',
  },
  {
    id: 'D12',
    was: 'processes started from a thread of the body, by os.system or by posix_spawn are untracked',
    test: 'engine.test.ts',
  },
  { id: 'D13', was: 'setsid or a process group of the child is taken for a single pid', test: 'engine.test.ts' },
  { id: 'D14', was: 'a normal return leaves living children, and forgets them', test: 'temporal.test.ts' },
  {
    id: 'D15',
    was: 'descendants outside of the group leak, stopped ones cost the whole grace',
    test: 'engine.test.ts',
  },
  { id: 'D16', was: "a killed worker's body runs again beside what the first run left", test: 'temporal.test.ts' },
  { id: 'D17', was: 'a failure to kill is swallowed, and the entry is gone', test: 'engine.test.ts' },
  {
    id: 'D18',
    was: 'the grace is longer than what stops the job waits, and a kill in its grace holds up all others',
    test: 'engine.test.ts',
  },
  {
    id: 'D19',
    was: "many cancels at once abort the driver (task_manager.cc of Ray, not the original's own)",
    cannot:
      "the abort is a check in Ray's native task manager, which has no counterpart: a driver here holds no state of its tasks, it asks the server. Three kills of one attempt at once are tried in test/integration/cancel/retry.test.ts, eight cancels at once in D11",
  },
];
