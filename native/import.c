#define _GNU_SOURCE
#include "import.h"

#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__x86_64__)
#define RELOCATION_OF_CALL R_X86_64_JUMP_SLOT
#define RELOCATION_OF_ADDRESS R_X86_64_GLOB_DAT
#elif defined(__aarch64__)
#define RELOCATION_OF_CALL R_AARCH64_JUMP_SLOT
#define RELOCATION_OF_ADDRESS R_AARCH64_GLOB_DAT
#else
#error "only x64 and arm64"
#endif

/** More than enough: an object imports a function at most once per kind of relocation. */
#define SLOTS 8

/** A loaded object. */
struct object {
  const void *inside;
  uintptr_t base;
  uintptr_t start, end;
  const ElfW(Dyn) * dynamic;
  /** The range that the loader has made read-only after relocation (RELRO). */
  uintptr_t sealed_start, sealed_end;
};

struct imports {
  const ElfW(Sym) * symbols;
  const char *names;
  struct {
    const ElfW(Rela) * first;
    size_t count;
  } tables[2];
};

static uintptr_t page_size(void) {
  long size = sysconf(_SC_PAGESIZE);
  return size > 0 ? (uintptr_t)size : 4096;
}

static int match(struct dl_phdr_info *info, size_t size, void *data) {
  (void)size;
  struct object *object = data;
  const uintptr_t at = (uintptr_t)object->inside;
  const uintptr_t page = page_size();
  struct object found = {.inside = object->inside, .base = info->dlpi_addr};
  bool is_it = false;
  for (size_t i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *header = &info->dlpi_phdr[i];
    const uintptr_t start = info->dlpi_addr + header->p_vaddr;
    const uintptr_t end = start + header->p_memsz;
    if (header->p_type == PT_LOAD && at >= start && at < end) {
      is_it = true;
      found.start = start;
      found.end = end;
    }
    if (header->p_type == PT_DYNAMIC) found.dynamic = (const ElfW(Dyn) *)start;
    if (header->p_type == PT_GNU_RELRO) {
      found.sealed_start = start & ~(page - 1);
      found.sealed_end = end & ~(page - 1);
    }
  }
  if (is_it) *object = found;
  return is_it;
}

/** The GNU loader replaces offsets in the dynamic section with addresses; musl leaves offsets. */
static uintptr_t address(const struct object *object, ElfW(Addr) value) {
  return value < object->base ? object->base + value : value;
}

static struct imports read_dynamic(const struct object *object) {
  struct imports imports = {0};
  for (const ElfW(Dyn) *entry = object->dynamic; entry && entry->d_tag != DT_NULL; entry++) {
    const uintptr_t at = address(object, entry->d_un.d_ptr);
    switch (entry->d_tag) {
      case DT_SYMTAB:
        imports.symbols = (const ElfW(Sym) *)at;
        break;
      case DT_STRTAB:
        imports.names = (const char *)at;
        break;
      case DT_JMPREL:
        imports.tables[0].first = (const ElfW(Rela) *)at;
        break;
      case DT_PLTRELSZ:
        imports.tables[0].count = entry->d_un.d_val / sizeof(ElfW(Rela));
        break;
      case DT_RELA:
        imports.tables[1].first = (const ElfW(Rela) *)at;
        break;
      case DT_RELASZ:
        imports.tables[1].count = entry->d_un.d_val / sizeof(ElfW(Rela));
        break;
      default:
        break;
    }
  }
  return imports;
}

/** Finds the slots that hold the address of that function. */
static size_t find_slots(const struct object *object, const char *name, uintptr_t **slots) {
  const struct imports imports = read_dynamic(object);
  if (!imports.symbols || !imports.names) return 0;
  size_t found = 0;
  for (size_t table = 0; table < 2; table++) {
    const ElfW(Rela) *first = imports.tables[table].first;
    for (size_t i = 0; first && i < imports.tables[table].count; i++) {
      const ElfW(Xword) type = ELF64_R_TYPE(first[i].r_info);
      if (type != RELOCATION_OF_CALL && type != RELOCATION_OF_ADDRESS) continue;
      const ElfW(Sym) *symbol = &imports.symbols[ELF64_R_SYM(first[i].r_info)];
      if (strcmp(imports.names + symbol->st_name, name) != 0) continue;
      if (found < SLOTS) slots[found] = (uintptr_t *)(object->base + first[i].r_offset);
      found++;
    }
  }
  return found;
}

/** Stores atomically: another thread may be calling through the slot. */
static bool store(const struct object *object, uintptr_t *slot, uintptr_t value) {
  const uintptr_t at = (uintptr_t)slot;
  const uintptr_t page = page_size();
  void *start = (void *)(at & ~(page - 1));
  const bool is_sealed = at >= object->sealed_start && at < object->sealed_end;
  if (is_sealed && mprotect(start, page, PROT_READ | PROT_WRITE) != 0) return false;
  const uintptr_t old = __atomic_exchange_n(slot, value, __ATOMIC_ACQ_REL);
  if (!is_sealed || mprotect(start, page, PROT_READ) == 0) return true;
  __atomic_store_n(slot, old, __ATOMIC_RELEASE);
  return false;
}

const char *import_redirect(const void *inside, const char *name, any_function to, any_function *before) {
  struct object object = {.inside = inside};
  if (dl_iterate_phdr(match, &object) == 0 || !object.dynamic) return "libuv is linked in an unknown way";
  uintptr_t *slots[SLOTS];
  const size_t found = find_slots(&object, name, slots);
  if (found == 0) return "libuv does not start processes with the C library's fork and waitpid";
  if (found > SLOTS) return "libuv imports fork or waitpid in too many ways";
  const uintptr_t old = __atomic_load_n(slots[0], __ATOMIC_ACQUIRE);
  // With lazy binding, the slot of a function that was never called points back into the object, to the lookup code.
  if (old < object.start || old >= object.end) *before = (any_function)old;
  for (size_t done = 0; done < found; done++) {
    if (store(&object, slots[done], (uintptr_t)to)) continue;
    while (done > 0) (void)store(&object, slots[--done], old);
    return "the kernel does not allow changing libuv's import table";
  }
  return NULL;
}
