// The few Linux calls that Swift cannot import: variadic functions, GNU extensions and a mutable C global.
#pragma once
#include <malloc.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;

// Declared by the C library only for _GNU_SOURCE, which Swift does not set.
extern int pipe2(int ends[2], int flags);
extern int close_range(unsigned int first, unsigned int last, int flags);

static inline int linux_set_parent_death_signal(int signal_number) {
    return prctl(PR_SET_PDEATHSIG, (unsigned long)signal_number, 0UL, 0UL, 0UL);
}

// The name that ps and top show, cut to 15 bytes by the kernel.
static inline int linux_set_process_name(const char *name) {
    return prctl(PR_SET_NAME, (unsigned long)name, 0UL, 0UL, 0UL);
}

static inline char **linux_environment(void) {
    return environ;
}

// Sets of cores as bits; the kernel's calls without the C library's macros around them.
static inline long linux_get_affinity(int thread, unsigned long *words, size_t bytes) {
    return syscall(SYS_sched_getaffinity, thread, bytes, words);
}

static inline long linux_set_affinity(int thread, const unsigned long *words, size_t bytes) {
    return syscall(SYS_sched_setaffinity, thread, bytes, words);
}

// The core that the calling thread runs on, or -1.
static inline int linux_current_core(void) {
    unsigned int core = 0;
    return syscall(SYS_getcpu, &core, NULL, NULL) == 0 ? (int)core : -1;
}
