#pragma once

// A law that a fuzz target checks: what breaks it ends the run, and libFuzzer keeps the input.

#include <cstdio>
#include <cstdlib>

#define MGC_REQUIRE(law)                                                            \
  do {                                                                              \
    if (!(law)) {                                                                   \
      std::fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #law); \
      std::abort();                                                                 \
    }                                                                               \
  } while (false)
