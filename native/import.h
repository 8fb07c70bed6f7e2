#ifndef TEMPORAL_REAPER_IMPORT_H
#define TEMPORAL_REAPER_IMPORT_H

/** A function of any type; cast it back before calling it. */
typedef void (*any_function)(void);

/**
 * Redirects a function that a loaded object imports to another one, for calls from that object only.
 *
 * @param inside any address in the object
 * @param before set to the import's old target before `to` can be called; left alone if that target was not resolved yet
 * @return NULL, or why it cannot be done, in words: then nothing has changed
 */
const char *import_redirect(const void *inside, const char *name, any_function to, any_function *before);

#endif
