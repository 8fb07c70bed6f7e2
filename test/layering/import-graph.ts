import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';

/** `value` is loaded at run time, `type` is erased, `resolve` only names a file (`require.resolve`). */
export type ImportKind = 'value' | 'type' | 'resolve';

export interface FoundImport {
  /** Undefined when it is computed, so that nobody can check it. */
  specifier: string | undefined;
  kind: ImportKind;
  line: number;
}

/** Path below `src`, with forward slashes, to its text. */
export type Sources = ReadonlyMap<string, string>;

export function readSources(root: string): Sources {
  const sources = new Map<string, string>();
  if (!existsSync(root)) return sources;
  for (const entry of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    if (entry.endsWith('.ts')) sources.set(entry.replaceAll('\\', '/'), readFileSync(join(root, entry), 'utf8'));
  }
  return sources;
}

export function importsOf(path: string, text: string): FoundImport[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  const found: FoundImport[] = [];
  const add = (node: ts.Node, target: ts.Node | undefined, kind: ImportKind): void => {
    const specifier = target && ts.isStringLiteralLike(target) ? target.text : undefined;
    found.push({ specifier, kind, line: file.getLineAndCharacterOfPosition(node.getStart()).line + 1 });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node, node.moduleSpecifier, isTypeImport(node) ? 'type' : 'value');
    else if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
      add(node, node.moduleSpecifier, isTypeExport(node) ? 'type' : 'value');
    } else if (ts.isImportEqualsDeclaration(node) && ts.isExternalModuleReference(node.moduleReference)) {
      add(node, node.moduleReference.expression, node.isTypeOnly ? 'type' : 'value');
    } else if (ts.isImportTypeNode(node)) {
      add(node, ts.isLiteralTypeNode(node.argument) ? node.argument.literal : node.argument, 'type');
    } else if (ts.isCallExpression(node)) {
      const kind = callKind(node.expression);
      if (kind) add(node, node.arguments[0], kind);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function isTypeImport({ importClause }: ts.ImportDeclaration): boolean {
  if (!importClause) return false;
  if (importClause.isTypeOnly) return true;
  const bindings = importClause.namedBindings;
  if (importClause.name || !bindings || !ts.isNamedImports(bindings)) return false;
  return bindings.elements.length > 0 && bindings.elements.every((element) => element.isTypeOnly);
}

function isTypeExport({ isTypeOnly, exportClause }: ts.ExportDeclaration): boolean {
  if (isTypeOnly) return true;
  if (!exportClause || !ts.isNamedExports(exportClause)) return false;
  return exportClause.elements.length > 0 && exportClause.elements.every((element) => element.isTypeOnly);
}

/** `import()`, `require()`, `module.require()` and `require.resolve()`. */
function callKind(callee: ts.Expression): ImportKind | undefined {
  if (callee.kind === ts.SyntaxKind.ImportKeyword) return 'value';
  const text = callee.getText();
  if (text === 'require' || text === 'module.require') return 'value';
  return text === 'require.resolve' ? 'resolve' : undefined;
}

/** The file below `src` that a relative specifier means; undefined for a package. */
export function targetOf(from: string, specifier: string, sources: Sources): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  const base = normalize(join(dirname(from), specifier)).replaceAll('\\', '/');
  const plain = base.replace(/\.js$/, '');
  return [`${plain}.ts`, `${plain}/index.ts`].find((path) => sources.has(path)) ?? plain;
}

/** Every package and built-in that loading the file loads, each with the chain of files that leads to it. */
export function reachablePackages(start: string, sources: Sources): Map<string, string[]> {
  const packages = new Map<string, string[]>();
  const seen = new Set<string>();
  const walk = (path: string, chain: string[]): void => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const { specifier, kind } of importsOf(path, sources.get(path) ?? '')) {
      if (kind !== 'value' || specifier === undefined) continue;
      const target = targetOf(path, specifier, sources);
      if (target === undefined) packages.set(specifier, [...chain, path]);
      else walk(target, [...chain, path]);
    }
  };
  walk(start, []);
  return packages;
}

/** Circles of imports, `import type` included; one for each import that closes a circle. */
export function circlesOf(sources: Sources): string[] {
  const circles: string[] = [];
  const done = new Set<string>();
  const walk = (path: string, chain: string[]): void => {
    const at = chain.indexOf(path);
    if (at >= 0) circles.push([...chain.slice(at), path].join(' -> '));
    if (at >= 0 || done.has(path)) return;
    const targets = importsOf(path, sources.get(path) ?? '')
      .filter(({ kind }) => kind !== 'resolve')
      .map(({ specifier }) => specifier !== undefined && targetOf(path, specifier, sources));
    for (const target of targets) if (target && sources.has(target)) walk(target, [...chain, path]);
    done.add(path);
  };
  for (const path of sources.keys()) walk(path, []);
  return circles;
}
