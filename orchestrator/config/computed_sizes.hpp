#pragma once

// Sizes that follow from the memory, the processors and the disk of a node. Core: numbers in, numbers out; bytes.

#include <cstdint>
#include <string>

namespace mgc::orchestrator {

// A quarter of little memory (a server needs some 200 MB besides), half of up to 4 GB, then 60 of 100. At least 32 MB.
std::uint64_t buffer_pool_size(std::uint64_t memory);

// A quarter of the buffer pool between 96 MB and 2 GB, but not more than a twentieth of the disk.
std::uint64_t redo_log_size(std::uint64_t buffer_pool, std::uint64_t disk);

// What is left beside the buffer pool, at 4 MB for each connection: 100 to 2000.
unsigned most_connections(std::uint64_t memory, std::uint64_t buffer_pool);

// Appliers: two for each processor, 2 to 32; no more than 4 below 1 GB.
unsigned applier_threads(unsigned processors, std::uint64_t memory);

// `wanted`, but at most a quarter of the disk and at least 128 MB. Disk 0: unknown.
std::uint64_t gcache_size_for(std::uint64_t wanted, std::uint64_t disk);

// The number of a node, else one above all numbers that is made of the whole address.
std::uint32_t server_id_for(unsigned number, const std::string& address);

// "512M", in whole MB.
std::string in_megabytes(std::uint64_t bytes);

}  // namespace mgc::orchestrator
