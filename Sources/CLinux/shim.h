// The few Linux calls that Swift cannot import: variadic functions, GNU extensions and a mutable C global.
#pragma once
#include <malloc.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
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
