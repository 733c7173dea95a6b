#include "shaper/command_line.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <vector>

namespace mgc::shaper {
namespace {

// What a script makes of an unset variable. To take it for an option not given could mean: without a shared
// budget.
void refuse_empty_values(const CLI::App& app) {
  for (const auto* const option : app.get_options()) {
    for (const auto& value : option->results()) {
      if (!value.empty()) continue;
      refuse(option->get_name(), value,
             fmt::format("is empty; give {}, or leave the option out", option->get_type_name()));
    }
  }
}

// CLI11 takes "-5" for an option; here it is a value that parse_rate refuses with the reason.
std::vector<std::string> with_negative_values(int argc, const char* const* argv) {
  std::vector<std::string> words;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const bool negative =
        word.size() > 1 && word[0] == '-' && std::isdigit(static_cast<unsigned char>(word[1])) != 0;
    if (negative && !words.empty() && words.back().starts_with("--")) {
      words.back() += "=" + word;
    } else {
      words.push_back(word);
    }
  }
  std::reverse(words.begin(), words.end());  // CLI11 wants them last first
  return words;
}

}  // namespace

void refuse(std::string_view option, std::string_view value, std::string_view why) {
  throw bad_option{fmt::format("{} '{}': {}", option, value, why)};
}

std::optional<duration> to_seconds(std::string_view option, const std::string& text) {
  if (text.empty()) return std::nullopt;
  constexpr int longest = 365 * 24 * 3600;
  int seconds = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, failed] = std::from_chars(text.data(), end, seconds);
  if (failed != std::errc{} || rest != end || seconds < 0 || seconds > longest) {
    refuse(option, text, fmt::format("give whole seconds, 0 to {}", longest));
  }
  return std::chrono::seconds{seconds};
}

void parse(CLI::App& app, int argc, const char* const* argv) {
  app.parse(with_negative_values(argc, argv));
  refuse_empty_values(app);
}

early_exit to_early_exit(const CLI::App& app) {
  const auto wrong = [&app](const char* what) {
    return early_exit{2, fmt::format("{0}: {1}\nTry '{0} --help'.\n", app.get_name(), what)};
  };
  try {
    throw;
  } catch (const CLI::CallForVersion& version) {
    return {0, std::string{version.what()} + "\n"};
  } catch (const CLI::CallForHelp&) {
    return {0, app.help()};
  } catch (const CLI::ParseError& why) {
    return wrong(why.what());
  } catch (const bad_option& why) {
    return wrong(why.what());
  }
}

}  // namespace mgc::shaper
