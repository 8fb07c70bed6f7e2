import type { ListOutcome } from '../../contract/outcomes';
import type { CliContext } from '../context';
import type { ColorPalette } from '../render/palette';
import { errorLine } from '../report-error';
import { cpuShares } from './cpu-shares';
import { FullScreen } from './full-screen';
import type { WatchControls, WatchDisplay } from './watch-display';
import { type WatchFrame, type WatchView, watchFrame } from './watch-frame';
import { isQuitKey, type PressedKey, viewAfterKey } from './watch-keys';
import { watchedList } from './watched-list';

/** Redraws the terminal in place, and obeys its keys. */
export class ScreenDisplay implements WatchDisplay {
  private readonly screen: FullScreen;
  private view: WatchView;
  private frame: WatchFrame | undefined;
  private controls: WatchControls | undefined;

  constructor(
    terminal: Pick<CliContext, 'stdin' | 'stdout' | 'signals'>,
    private readonly palette: ColorPalette,
    workflowId: string | undefined,
  ) {
    this.screen = new FullScreen(terminal);
    this.view = { order: 'cpu', isPaused: false, offset: 0, workflowId };
  }

  open(controls: WatchControls): void {
    this.controls = controls;
    this.screen.enter({
      onKey: (key) => this.obey(key),
      onResize: () => this.change({}),
      onEnd: () => controls.quit(),
    });
    this.change({});
  }

  show(outcome: ListOutcome): void {
    const list = watchedList(outcome, cpuShares(this.view.list?.outcome, outcome), Date.now());
    this.change({ list, error: undefined });
  }

  fail(error: unknown): void {
    this.change({ error: `refresh failed: ${errorLine(error)}` });
  }

  close(): void {
    this.screen.leave();
  }

  private obey(key: PressedKey): void {
    if (isQuitKey(key)) return this.controls?.quit();
    const { isPaused } = this.view;
    this.change(viewAfterKey(this.view, key, this.frame?.page ?? 0));
    if (this.view.isPaused !== isPaused) this.controls?.pause(this.view.isPaused);
  }

  private change(change: Partial<WatchView>): void {
    this.view = { ...this.view, ...change };
    this.frame = watchFrame(this.view, this.screen.size, this.palette);
    this.view.offset = this.frame.offset;
    this.screen.draw(this.frame.lines);
  }
}
