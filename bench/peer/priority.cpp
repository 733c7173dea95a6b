#include "bench/peer/priority.hpp"

#include <sched.h>
#include <sys/prctl.h>

#include "bench/peer/descriptor.hpp"

namespace mgc::bench {

void become_realtime() {
  sched_param lowest{};
  lowest.sched_priority = 1;
  check(::sched_setscheduler(0, SCHED_FIFO, &lowest), "real-time priority");
  check(::prctl(PR_SET_TIMERSLACK, 1), "timer slack");
}

}  // namespace mgc::bench
