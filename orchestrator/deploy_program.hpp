#pragma once

// `mgc deploy CONFIG`: makes the containers of a cluster on all its hosts over the Docker Engine API, and waits until the
// cluster has its size.

namespace mgc::orchestrator {

// argv[0] is "deploy". The exit code: 0 done, 1 a host failed or the cluster did not get its size, 2 wrong usage or a CONFIG
// that cannot be used, 128 + N ended by signal N.
int run_deploy(int argc, const char* const* argv);

}  // namespace mgc::orchestrator
