export { ReaperError, type ErrorCode } from './contract/errors';
export type { Escalation, EscalationOptions } from './contract/escalation';
export type { ContainmentLevel, DoubtedProcess, Fate, KillReport, ProcessFate, Proof } from './contract/kill-report';
export type { SpanAttributes, SpanTracer, TracerSpan } from './contract/span-tracer';
export { markerEnv, onKill, setEscalation, track, untracked } from './tracking/activity-api';
export { ReaperPlugin } from './worker/plugin';
export type { NeverTrack } from './tracking/never-track-option';
export type { ReaperPluginOptions, WatchOptions } from './worker/options';
