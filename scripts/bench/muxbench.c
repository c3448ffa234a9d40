/* muxbench.c: the C twin of muxbench: the same calls, batches and medians, to show what the language costs.
 *
 *   muxbench-twin MECHANISM call|relay FDS [BLOCKS [TIMEOUT [first|last|even]]]
 *
 * Prints the median in nanoseconds; one descriptor readable (even: the middle one), one chain. TIMEOUT is that of the timed call:
 * -1 (the default) waits, and returns at once; 0 only looks, as a relay always does. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { MOST_BATCHES = 31, FEWEST_BATCHES = 3, BUDGET_NS = 10000000, READINGS = 100, WRITES = 100,
	MOST_INTERRUPTED = 5, MOST_COPIES = 16, MOST_REGISTRATIONS = 64000 };

static int fds, *watched, *peers, *ready, *index_of;
static double overhead;
static int timeout = -1, position;
static const struct timespec zero, *until;

static void fail(const char *what)
{
	perror(what);
	exit(2);
}

static void *allocate(size_t count, size_t size)
{
	void *memory = calloc(count, size);
	if (!memory)
		fail("calloc");
	return memory;
}

static int64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int64_t cpu_time(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double median(double *v, int n)
{
	qsort(v, n, sizeof *v, compare);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

static void write_to(int i)
{
	if (write(peers[i], "e", 1) != 1)
		fail("write");
}

static bool read_from(int i)
{
	char c;
	ssize_t n = read(watched[i], &c, 1);
	if (n < 0 && errno != EAGAIN)
		fail("read");
	return n == 1;
}

/* The mechanisms. */

static uint64_t *set, *result;
static int highest, words;

static void select_open(void)
{
	highest = 0;
	for (int i = 0; i < fds; i++)
		highest = watched[i] > highest ? watched[i] : highest;
	words = highest / 64 + 1;
	set = allocate(words, 8);
	result = allocate(words, 8);
	for (int i = 0; i < fds; i++)
		set[watched[i] / 64] |= 1ULL << (watched[i] % 64);
}

static int select_wait(void)
{
	memcpy(result, set, words * 8);
	int count = syscall(SYS_pselect6, highest + 1, result, NULL, NULL, until, NULL), found = 0;
	for (int word = 0; found < count; word++)
		for (uint64_t bits = result[word]; bits; bits &= bits - 1)
			ready[found++] = word * 64 + __builtin_ctzll(bits);
	return count;
}

static void select_close(void)
{
	free(set);
	free(result);
}

static struct pollfd *array;

static void poll_open(void)
{
	array = allocate(fds, sizeof *array);
	for (int i = 0; i < fds; i++)
		array[i] = (struct pollfd){.fd = watched[i], .events = POLLIN};
}

static int poll_collect(int count)
{
	int found = 0;
	for (struct pollfd *p = array; found < count; p++)
		if (p->revents)
			ready[found++] = p->fd;
	return count;
}

static int poll_wait(void)
{
	return poll_collect(poll(array, fds, timeout));
}

static int ppoll_wait(void)
{
	return poll_collect(ppoll(array, fds, until, NULL));
}

static void poll_close(void)
{
	free(array);
}

static int epfd, epfds[MOST_COPIES];
static uint32_t epoll_flags;
static struct epoll_event *events;

static int control(int operation, int fd)
{
	struct epoll_event e = {.events = EPOLLIN | epoll_flags, .data.fd = fd};
	return epoll_ctl(epfd, operation, fd, &e);
}

static void epoll_open(void)
{
	epfd = epoll_create1(EPOLL_CLOEXEC);
	if (epfd < 0)
		fail("epoll_create1");
	events = events ? events : allocate(fds, sizeof *events);
	for (int i = 0; i < fds; i++)
		if (control(EPOLL_CTL_ADD, watched[i]))
			fail("epoll_ctl");
}

static int epoll_collect(int count)
{
	for (int i = 0; i < count; i++)
		ready[i] = events[i].data.fd;
	return count;
}

static int epoll_wait_now(void)
{
	return epoll_collect(epoll_wait(epfd, events, fds, timeout));
}

static int oneshot_wait(void)
{
	int count = epoll_wait_now();
	for (int i = 0; i < count; i++)
		if (control(EPOLL_CTL_MOD, ready[i]))
			fail("epoll_ctl");
	return count;
}

static int pwait2_wait(void)
{
	return epoll_collect(epoll_pwait2(epfd, events, fds, until, NULL));
}

static void epoll_close(void)
{
	close(epfd);
}

static struct ring {
	int fd;
	unsigned prepared, mask, completion_mask, *tail, *flags, *head, *completion_tail;
	struct io_uring_sqe *entries;
	struct io_uring_cqe *completions;
	void *rings;
	size_t rings_length, entries_length;
} rings[MOST_COPIES], *r = rings;

static int enter(unsigned minimum, unsigned flags)
{
	int submitted = syscall(SYS_io_uring_enter, r->fd, r->prepared, minimum, flags, NULL, 0);
	if (submitted > 0)
		r->prepared -= submitted;
	return submitted;
}

static struct io_uring_sqe *prepare(int opcode)
{
	if (r->prepared > r->mask && enter(0, 0) < 0)
		fail("io_uring_enter");
	struct io_uring_sqe *e = &r->entries[*r->tail & r->mask];
	memset(e, 0, sizeof *e);
	e->opcode = opcode;
	__atomic_store_n(r->tail, *r->tail + 1, __ATOMIC_RELEASE);
	r->prepared++;
	return e;
}

static void watch_by_ring(int fd)
{
	struct io_uring_sqe *e = prepare(IORING_OP_POLL_ADD);
	e->fd = fd;
	e->len = IORING_POLL_ADD_MULTI;
	e->poll32_events = POLLIN;
	e->user_data = fd;
}

static void uring_open(void)
{
	struct io_uring_params p = {
		.flags = IORING_SETUP_CLAMP | IORING_SETUP_CQSIZE | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
			 IORING_SETUP_TASKRUN_FLAG,
		.cq_entries = 2 * fds > 128 ? 2 * fds : 128,
	};
	r->fd = syscall(SYS_io_uring_setup, 64, &p);
	if (r->fd < 0)
		fail("io_uring_setup");
	r->rings_length = p.cq_off.cqes + p.cq_entries * sizeof *r->completions;
	if (p.sq_off.array + p.sq_entries * 4 > r->rings_length)
		r->rings_length = p.sq_off.array + p.sq_entries * 4;
	r->entries_length = p.sq_entries * sizeof *r->entries;
	char *start = r->rings = mmap(NULL, r->rings_length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, r->fd,
		IORING_OFF_SQ_RING);
	r->entries = mmap(NULL, r->entries_length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, r->fd, IORING_OFF_SQES);
	if (r->rings == MAP_FAILED || r->entries == MAP_FAILED)
		fail("mmap");
	r->mask = p.sq_entries - 1;
	r->completion_mask = p.cq_entries - 1;
	r->tail = (unsigned *)(start + p.sq_off.tail);
	r->flags = (unsigned *)(start + p.sq_off.flags);
	r->head = (unsigned *)(start + p.cq_off.head);
	r->completion_tail = (unsigned *)(start + p.cq_off.tail);
	r->completions = (struct io_uring_cqe *)(start + p.cq_off.cqes);
	for (unsigned i = 0; i < p.sq_entries; i++)
		((unsigned *)(start + p.sq_off.array))[i] = i;
	r->prepared = 0;
	for (int i = 0; i < fds; i++) {
		watch_by_ring(watched[i]);
		if (enter(0, IORING_ENTER_GETEVENTS) < 0)
			fail("io_uring_enter");
	}
}

static int uring_wait(void)
{
	int count = 0;
	unsigned minimum = timeout < 0;
	do {
		if (enter(minimum, IORING_ENTER_GETEVENTS) < 0)
			return -1;
		minimum = 0;
		while (count < fds && *r->head != __atomic_load_n(r->completion_tail, __ATOMIC_ACQUIRE)) {
			struct io_uring_cqe c = r->completions[*r->head & r->completion_mask];
			__atomic_store_n(r->head, *r->head + 1, __ATOMIC_RELEASE);
			if (c.res >= 0 && c.user_data != UINT64_MAX) {
				ready[count++] = c.user_data;
				if (!(c.flags & IORING_CQE_F_MORE))
					watch_by_ring(c.user_data);
			}
		}
	} while ((__atomic_load_n(r->flags, __ATOMIC_ACQUIRE) & IORING_SQ_TASKRUN) && count < fds);
	return count;
}

static void uring_close(void)
{
	for (int i = 0; i < fds; i++) {
		struct io_uring_sqe *e = prepare(IORING_OP_POLL_REMOVE);
		e->fd = -1;
		e->addr = watched[i];
		e->flags = IOSQE_CQE_SKIP_SUCCESS;
		e->user_data = UINT64_MAX;
	}
	enter(0, IORING_ENTER_GETEVENTS);
	munmap(r->rings, r->rings_length);
	munmap(r->entries, r->entries_length);
	close(r->fd);
}

static const struct mechanism {
	const char *name;
	void (*open)(void);
	int (*wait)(void);
	void (*close)(void);
	uint32_t epoll_flags;
	bool reports_arrivals;
} mechanisms[] = {
	{"select", select_open, select_wait, select_close, 0, false},
	{"poll", poll_open, poll_wait, poll_close, 0, false},
	{"ppoll", poll_open, ppoll_wait, poll_close, 0, false},
	{"epoll", epoll_open, epoll_wait_now, epoll_close, 0, false},
	{"epoll-et", epoll_open, epoll_wait_now, epoll_close, EPOLLET, true},
	{"epoll-oneshot", epoll_open, oneshot_wait, epoll_close, EPOLLONESHOT, false},
	{"epoll-pwait2", epoll_open, pwait2_wait, epoll_close, 0, false},
	{"uring", uring_open, uring_wait, uring_close, 0, true},
};

static const struct mechanism *m;

static void set_timeout(int milliseconds)
{
	timeout = milliseconds;
	until = milliseconds < 0 ? NULL : &zero;
}

/* What is timed. */

static double time_batch(int calls)
{
	int64_t found = 0, start = now();
	for (int i = 0; i < calls; i++)
		found += m->wait();
	int64_t elapsed = now() - start;
	if (found != calls)
		fail("a wrong number of ready descriptors");
	return elapsed;
}

static void use_copy(int i)
{
	epfd = epfds[i];
	r = &rings[i];
}

static double time_arrivals(int copies)
{
	int found = 0;
	read_from(position);
	write_to(position);
	int64_t start = now();
	for (int i = 0; i < copies; i++) {
		use_copy(i);
		found += m->wait();
	}
	int64_t elapsed = now() - start;
	if (found != copies)
		fail("a wrong number of ready descriptors");
	return (elapsed - overhead) / copies;
}

static double time_relay(void)
{
	int written = 1, done = 0;
	write_to(0);
	int64_t start = now();
	while (done < written) {
		int found = m->wait();
		for (int i = 0; i < found; i++) {
			int k = index_of[ready[i]];
			if (!read_from(k))
				continue;
			done++;
			if (written < 1 + WRITES) {
				write_to(k + 1 < fds ? k + 1 : 0);
				written++;
			}
		}
	}
	return (now() - start - overhead) / done;
}

static long preemptions(void)
{
	struct rusage usage;
	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_nivcsw;
}

/* One visit: a new mechanism, a warm-up, and the median of some batches. */
static double visit(bool relay)
{
	double batches[MOST_BATCHES];
	int count = 0, interrupted = 0, calls = 1, copies = 1;
	if (m->reports_arrivals && !relay)
		copies = MOST_REGISTRATIONS / fds < MOST_COPIES ? MOST_REGISTRATIONS / fds : MOST_COPIES;
	epoll_flags = m->epoll_flags;
	if (!relay)
		write_to(position);
	for (int i = 0; i < copies; i++) {
		r = &rings[i];
		m->open();
		epfds[i] = epfd;
	}
	if (relay) {
		time_relay();
	} else if (m->reports_arrivals) {
		for (int i = 0; i < copies; i++) {
			use_copy(i);
			int wanted = timeout;
			set_timeout(0);
			while (m->wait() > 0)
				;
			set_timeout(wanted);
		}
		for (int i = 0; i < 3; i++)
			time_arrivals(copies);
	} else {
		time_batch(3);
		while (time_batch(calls) < READINGS * overhead)
			calls *= 2;
	}
	int64_t start = now();
	while (count < MOST_BATCHES && (count < FEWEST_BATCHES || now() - start < BUDGET_NS)) {
		long before = preemptions();
		int64_t cpu = cpu_time(), wall = now();
		batches[count] = relay ? time_relay() : m->reports_arrivals ? time_arrivals(copies) : (time_batch(calls) - overhead) / calls;
		if (preemptions() != before) {
			if (++interrupted <= MOST_INTERRUPTED)
				continue;
			batches[count] *= (double)(cpu_time() - cpu) / (now() - wall);
		}
		count++;
	}
	for (int i = 0; i < copies; i++) {
		use_copy(i);
		m->close();
	}
	if (!relay)
		read_from(position);
	return median(batches, count);
}

static void prepare_process(void)
{
	struct rlimit limit;
	cpu_set_t cpus;
	double runs[9];
	int last = 0;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		fail("getrlimit");
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	sched_getaffinity(0, sizeof cpus, &cpus);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		last = CPU_ISSET(cpu, &cpus) ? cpu : last;
	CPU_ZERO(&cpus);
	CPU_SET(last, &cpus);
	sched_setaffinity(0, sizeof cpus, &cpus);
	for (int run = 0; run < 9; run++) {
		int64_t start = now(), end = start;
		for (int i = 0; i < 4001; i++)
			end = now();
		runs[run] = (end - start) / 4001.0;
	}
	overhead = median(runs, 9);
}

int main(int argc, char **argv)
{
	int blocks = argc > 4 ? atoi(argv[4]) : 15;
	for (size_t i = 0; argc >= 4 && i < sizeof mechanisms / sizeof *mechanisms; i++)
		if (!strcmp(argv[1], mechanisms[i].name))
			m = &mechanisms[i];
	if (!m || (fds = atoi(argv[3])) < 1 || blocks < 1) {
		fprintf(stderr, "usage: muxbench-twin MECHANISM call|relay FDS [BLOCKS [TIMEOUT [first|last|even]]]\n");
		return 2;
	}
	bool relay = !strcmp(argv[2], "relay");
	set_timeout(relay ? 0 : argc > 5 ? atoi(argv[5]) : -1);
	position = argc <= 6 || !strcmp(argv[6], "even") ? fds / 2 : !strcmp(argv[6], "first") ? 0 : fds - 1;
	prepare_process();
	watched = allocate(fds, sizeof *watched);
	peers = allocate(fds, sizeof *peers);
	ready = allocate(fds, sizeof *ready);
	index_of = allocate(2 * fds + 64, sizeof *index_of);
	for (int i = 0; i < fds; i++) {
		int pair[2];
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair))
			fail("socketpair");
		watched[i] = pair[0];
		peers[i] = pair[1];
		index_of[pair[0]] = i;
	}
	double *samples = allocate(blocks, sizeof *samples);
	visit(relay);
	for (int block = 0; block < blocks; block++)
		samples[block] = visit(relay);
	printf("%.2f\n", median(samples, blocks));
	return 0;
}
