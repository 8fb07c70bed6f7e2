import ts from 'typescript';

/** What the compiler says of a module. */
export interface Complaint {
  /** Path of the file that it is about; '' for none. */
  path: string;
  message: string;
}

/** Compiles modules that are only in memory, by path, as those of a user's project; `files` are on disk. */
export function compilerSays(modules: ReadonlyMap<string, string>, files: readonly string[] = []): Complaint[] {
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.Node16,
    moduleResolution: ts.ModuleResolutionKind.Node16,
    types: ['node'],
  };
  const real = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...real,
    fileExists: (name) => modules.has(name) || real.fileExists(name),
    readFile: (name) => modules.get(name) ?? real.readFile(name),
    getSourceFile(name, language, ...rest) {
      const text = modules.get(name);
      if (text !== undefined) return ts.createSourceFile(name, `${text}\nexport {};`, language);
      return real.getSourceFile(name, language, ...rest);
    },
  };
  const program = ts.createProgram([...files, ...modules.keys()], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
    return { path: file?.fileName ?? '', message: ts.flattenDiagnosticMessageText(messageText, ' ') };
  });
}
