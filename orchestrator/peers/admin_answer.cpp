#include "orchestrator/peers/admin_answer.hpp"

#include "orchestrator/peers/json_reader.hpp"

namespace mgc::orchestrator {
namespace {

constexpr std::size_t longest_text = std::size_t{64} * 1024;
constexpr std::size_t longest_answer = 8 * longest_text;  // as JSON

}  // namespace

std::string to_json(const admin_answer& answer) {
  return boost::json::serialize(boost::json::object{
             {"agreed", answer.agreed},
             {"text", fit_for_json(answer.text, longest_text)},
         }) +
         "\n";
}

boost::system::result<admin_answer, std::string> parse_admin_answer(std::string_view text) {
  return read_json(text, longest_answer, [](json_reader in) {
    admin_answer answer;
    in.read("agreed", answer.agreed);
    in.read("text", answer.text, longest_text);
    return answer;
  });
}

}  // namespace mgc::orchestrator
