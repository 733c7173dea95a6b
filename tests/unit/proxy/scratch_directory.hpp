#pragma once

// A directory of a test's own, gone when this object goes.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace mgc::test {

class scratch_directory {
 public:
  scratch_directory() : path_{(std::filesystem::temp_directory_path() / "mgc-test.XXXXXX").string()} {
    if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error{"cannot make a directory"};
  }
  scratch_directory(const scratch_directory&) = delete;
  ~scratch_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  std::string path(std::string_view name) const { return path_ + "/" + std::string{name}; }

  // Makes the directories on the way. Nobody else may write the file, whatever the umask.
  std::string write(std::string_view name, std::string_view text) const {
    auto file = path(name);
    std::filesystem::create_directories(std::filesystem::path{file}.parent_path());
    std::ofstream{file, std::ios::binary} << text;
    std::filesystem::permissions(file,
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return file;
  }

 private:
  std::string path_;
};

}  // namespace mgc::test
