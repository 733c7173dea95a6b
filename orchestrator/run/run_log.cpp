#include "orchestrator/run/run_log.hpp"

#include <spdlog/pattern_formatter.h>
#include <spdlog/spdlog.h>

#include <boost/json/serialize.hpp>
#include <memory>

#include "proxy/log_text.hpp"
#include "shaper/process.hpp"

namespace mgc::orchestrator {
namespace {

// The message, made fit for where it goes.
class message_flag final : public spdlog::custom_flag_formatter {
 public:
  explicit message_flag(bool json) : json_{json} {}

  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& into) override {
    constexpr std::size_t longest = 3000;
    const std::string_view payload{message.payload.data(), message.payload.size()};
    const auto text = json_ ? boost::json::serialize(boost::json::string{payload.substr(0, longest)})
                            : proxy::for_log(payload, longest);
    into.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<message_flag>(json_);
  }

 private:
  bool json_;
};

}  // namespace

void set_up_run_log(bool json) {
  shaper::set_up_log();
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<message_flag>('*', json);
  formatter->set_pattern(json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l","message":%*})"
                              : "%Y-%m-%d %H:%M:%S.%e %l: %*");
  spdlog::default_logger()->set_formatter(std::move(formatter));
}

}  // namespace mgc::orchestrator
