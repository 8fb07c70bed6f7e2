/** Converts Unix time in ms to the format of the server's messages. */
export { msToTs as timestampOf } from '@temporalio/common/lib/time';
