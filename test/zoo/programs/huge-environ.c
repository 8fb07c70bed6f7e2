/* Gives its own /proc/PID/environ the size of argv[1] GiB, as any user may, and sleeps; says "ready" then. */
#define _GNU_SOURCE
#include <linux/prctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Field of /proc/self/stat by its number in proc(5), from 3 on. */
static unsigned long field(const char *stat, int wanted)
{
	const char *at = strrchr(stat, ')') + 2;
	for (int number = 3; number < wanted; number++) {
		at = strchr(at, ' ');
		if (!at)
			exit(2);
		at++;
	}
	return strtoul(at, NULL, 10);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	size_t size = strtoul(argv[1], NULL, 10) << 30;
	char *room = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	char stat[4096] = "";
	FILE *file = fopen("/proc/self/stat", "r");
	if (room == MAP_FAILED || !file || !fgets(stat, sizeof stat, file))
		return 3;
	fclose(file);

	struct prctl_mm_map map = {
		.start_code = field(stat, 26), .end_code = field(stat, 27), .start_stack = field(stat, 28),
		.start_data = field(stat, 45), .end_data = field(stat, 46), .start_brk = field(stat, 47),
		.brk = (unsigned long)sbrk(0), .arg_start = field(stat, 48), .arg_end = field(stat, 49),
		.env_start = (unsigned long)room, .env_end = (unsigned long)room + size, .exe_fd = -1,
	};
	if (prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof map, 0)) {
		perror("PR_SET_MM_MAP");
		return 4;
	}
	puts("ready");
	fflush(stdout);
	sleep(600);
	return 0;
}
