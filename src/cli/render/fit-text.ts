import stringWidth from 'string-width';

const graphemes = new Intl.Segmenter();
const ELLIPSIS = '…';
/** ASCII and what draws lines: nearly all there is, and measured many times faster. */
const NARROW = /^[ -~\u2500-\u257f]*$/;

/** Columns of a terminal that the text takes: wide characters take two. The text holds no control characters. */
export function widthOf(text: string): number {
  return NARROW.test(text) ? text.length : stringWidth(text);
}

/** The text, cut to at most `width` columns; an ellipsis says that something is missing. */
export function cutTo(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  if (width < 1) return '';
  let [kept, left] = ['', width - 1];
  for (const { segment } of graphemes.segment(text)) {
    left -= widthOf(segment);
    if (left < 0) break;
    kept += segment;
  }
  return kept + ELLIPSIS;
}

/** The text in exactly `width` columns. */
export function padTo(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const cut = cutTo(text, width);
  const padding = ' '.repeat(Math.max(0, width - widthOf(cut)));
  return align === 'left' ? cut + padding : padding + cut;
}

/** Joins words to lines of at most `width` columns; what does not fit into `maxLines` is left out. */
export function wrapWords(words: readonly string[], width: number, maxLines: number, gap = '  '): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && widthOf(last + gap + word) <= width) lines[lines.length - 1] = last + gap + word;
    else if (lines.length < maxLines) lines.push(cutTo(word, width));
    else break;
  }
  return lines;
}
