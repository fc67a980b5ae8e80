#include "sim/plan.h"

#include <array>

#include "proto/model_facts.h"
#include "sim/dice.h"

namespace livegate::sim {
namespace {

session::SessionConfig draw_config(Dice& dice) {
  session::SessionConfig config;
  config.id = "sim";
  config.client = dice.chance(0.6) ? session::ClientKind::native : session::ClientKind::live;
  session::UplinkOptions& uplink = config.uplink;
  using Mode = session::UplinkMode;
  uplink.mode =
      dice.pick(std::array{Mode::gate, Mode::turns, Mode::open, Mode::automatic, Mode::automatic});
  uplink.detects = dice.chance(0.9);
  uplink.graded = dice.chance(0.5);
  uplink.ear = {.kind = audio::EarKind::energy};
  // The person's speech is a square wave, whose level never changes: its energy alone ends it.
  uplink.endpointer.level_time = 1h;
  uplink.endpointer.early_end = dice.chance(0.5) ? 200ms : 0ms;
  uplink.packet = dice.pick(std::array{Millis(20), Millis(20), Millis(40)});
  uplink.speculative_share_max = dice.chance(0.5) ? 0.5 : 0;
  uplink.cut_in = dice.chance(0.9);
  // The guard costs most of the hearing, and finds no echo here.
  uplink.echo_guard = dice.chance(0.05);
  uplink.echo_cancelled = dice.chance(0.5);
  config.tell_heard = dice.chance(0.1);
  return config;
}

NetworkPlan draw_network(Dice& dice, bool faults) {
  NetworkPlan network;
  network.client_latency = dice.between(Millis(1), Millis(150));
  network.client_jitter = dice.between(Millis(0), network.client_latency);
  network.model_latency = dice.between(Millis(1), Millis(80));
  network.model_jitter = dice.between(Millis(0), network.model_latency);
  if (!faults) return network;
  if (dice.chance(0.2)) network.client_bytes_per_s = dice.between(60'000, 300'000);
  network.tick_late_max = dice.chance(0.3) ? 60ms : 1ms;
  if (dice.chance(0.3)) network.pong_max = 30s;
  network.refused = dice.chance(0.5) ? 0.15 : 0;
  network.slow = 0.1;
  network.times_out = dice.chance(0.3) ? 0.05 : 0;
  if (dice.chance(0.6)) network.dropped_every = dice.between(Millis(60s), Millis(1200s));
  if (dice.chance(0.2)) network.black_hole_every = dice.between(Millis(300s), Millis(1800s));
  return network;
}

ServicePlan draw_service(Dice& dice, bool faults) {
  ServicePlan service;
  service.think_max = dice.between(Millis(400), Millis(3000));
  service.piece = dice.pick(std::array{Millis(40), Millis(200), Millis(240), Millis(240)});
  service.burst = dice.pick(std::array{1.5, 4.0, 4.0, 8.0});
  service.ends_early = dice.between(Millis(0), Millis(500));
  service.tool = dice.pick(std::array{0.0, 0.1, 0.4});
  service.holding = dice.pick(std::array{0.2, 0.6, 0.9});
  service.pause = dice.pick(std::array{0.1, 0.5});
  service.slow = dice.pick(std::array{0.0, 0.1, 0.3});
  if (!faults) return service;
  if (dice.chance(0.3)) service.connection_age = dice.between(Millis(70s), Millis(600s));
  service.go_away_before = dice.pick(std::array{Millis(50s), Millis(50s), Millis(10s), Millis(1s)});
  service.setup_slow = 0.05;
  service.setup_silent = dice.chance(0.2) ? 0.05 : 0;
  service.handle_refused = dice.chance(0.4) ? 0.2 : 0.02;
  service.internal_error = dice.pick(std::array{0.0, 0.01, 0.05});
  service.stall = dice.pick(std::array{0.0, 0.02, 0.2});
  service.empty = dice.pick(std::array{0.0, 0.02, 0.1});
  service.no_speech = dice.pick(std::array{0.0, 0.03, 0.1});
  service.rejected = dice.pick(std::array{0.0, 0.0, 0.03, 0.1});
  service.rejected_in_a_row = dice.pick(std::array{1, 1, 2, 4, 27});
  service.text_only = dice.pick(std::array{0.0, 0.0, 0.06});
  service.inaudible = dice.pick(std::array{0.0, 0.0, 0.06});
  service.gap_lost = dice.pick(std::array{0.0, 0.1});
  service.gap_go_away = dice.pick(std::array{0.0, 0.1});
  service.gap_for_good = dice.pick(std::array{0.0, 0.1});
  return service;
}

// The client's model, and what of its settings decides who takes turns.
void draw_model(Dice& dice, Plan& plan) {
  SimClientPlan& client = plan.client;
  client.model = dice.pick(
      std::array{"gemini-3.8-live", "gemini-3.8-live", "gemini-3.8-live-extended-thinking",
                 "gemini-3.8-live-extended-thinking", "gemini-3.1-flash-live-preview",
                 "gemini-2.5-flash-native-audio-latest"});
  const bool drop_in = plan.config.client == session::ClientKind::live;
  client.manual = drop_in && dice.chance(0.15);
  client.tuned = drop_in && !client.manual && dice.chance(0.3);
  const proto::ModelProfile profile = proto::profile_of(client.model);
  plan.mark_believed = !profile.stream_end_ends_turn && dice.chance(0.15);
}

void choose_turns(Plan& plan) {
  proto::Setup setup;
  setup.activity_detection.disabled = plan.client.manual;
  if (plan.client.tuned)
    setup.activity_detection.silence_duration_ms = static_cast<int>(kTunedSilence.count());
  const auto choose = [&] {
    plan.turn_taking = session::choose_turn_taking(
        plan.config.client, plan.config.uplink, setup, plan.client.manual,
        proto::profile_of(plan.client.model, plan.config.facts));
  };
  choose();
  // Only where the gateway ends turns by the mark does it notice that the mark ends none.
  plan.mark_believed &= plan.turn_taking.mode == session::UplinkMode::gate;
  if (!plan.mark_believed) return;
  plan.config.facts = {{plan.client.model, "stream_end_ends_turn", "true"}};
  choose();
}

void draw_caller(Dice& dice, Plan& plan, bool faults) {
  SimClientPlan& client = plan.client;
  client.microphone = dice.chance(0.5) ? Microphone::open : Microphone::push_to_talk;
  client.packet = dice.pick(std::array{Millis(20), Millis(60), Millis(100), Millis(100)});
  client.talk_tail = dice.between(Millis(0), Millis(1200));
  // Where nobody here listens for speech the model would wait for its end.
  const bool listens =
      plan.turn_taking.listens && plan.turn_taking.mode != session::UplinkMode::open;
  client.says_release = !listens || dice.chance(0.3);
  client.think_mean = dice.between(Millis(2s), Millis(20s));
  client.barge_in = dice.pick(std::array{0.0, 0.15, 0.5});
  client.tool_time_max = dice.between(Millis(10), Millis(20s));
  client.reports_playback = dice.chance(0.8);
  if (!faults) {
    client.malformed = client.tool_silent = client.drained = 0;
    return;
  }
  // A malformed message ends a drop-in call, as the service would.
  client.malformed = plan.config.client == session::ClientKind::native ? 0.03 : 0.001;
  if (dice.chance(0.15)) client.gone_every = dice.between(Millis(60s), Millis(1800s));
}

// A client that may come back, over a line that breaks.
void draw_return(Dice& dice, Plan& plan, bool faults) {
  if (dice.chance(0.4)) return;
  plan.config.resume_grace = 30s;
  plan.config.resume_token = "sim.0";
  plan.client.resumes = dice.chance(0.95);
  plan.client.confirms = dice.chance(0.85);
  if (!faults || dice.chance(0.2)) return;
  plan.network.client_breaks_every = dice.between(Millis(20s), Millis(400s));
  plan.network.client_unnoticed_max = dice.pick(std::array{Millis(50), Millis(2s), Millis(30s)});
  plan.network.client_notices_max = dice.pick(std::array{Millis(1s), Millis(3s), Millis(20s)});
  plan.client.away_mean = dice.pick(std::array{Millis(300), Millis(3s), Millis(3s), Millis(12s)});
}

// A tool for which the model stops, and a gateway that waits for tools only so long.
void draw_blocking(Dice& dice, Plan& plan) {
  using proto::ToolUse;
  const ToolUse tools = proto::profile_of(plan.client.model).tools;
  plan.client.blocking_said = tools == ToolUse::non_blocking_unless_said &&
                              plan.config.client == session::ClientKind::live && dice.chance(0.4);
  plan.client.blocking = plan.client.blocking_said || tools == ToolUse::blocking_only ||
                         tools == ToolUse::blocking_unless_said;
  if (plan.client.blocking && plan.service.tool == 0) plan.service.tool = 0.2;
  if (dice.chance(plan.client.blocking ? 0.6 : 0.2)) plan.config.watchdog.tool = 15s;
}

// What else happens once in ten minutes, within the first.
void draw_more(Dice& dice, Plan& plan) {
  const bool moves = dice.chance(0.3);
  if (moves) {
    plan.service.connection_age = dice.between(Millis(70s), Millis(90s));
    plan.service.go_away_before = 50s;
  }
  plan.network.dropped_every = moves ? 0ms : dice.between(Millis(10s), Millis(60s));
  plan.network.black_hole_every = 0ms;
  if (plan.network.client_breaks_every > 0ms) {
    plan.network.client_breaks_every = dice.between(Millis(10s), Millis(60s));
  }
  plan.service.tool = dice.pick(std::array{0.1, 0.4, 0.8});
  plan.service.stall = dice.pick(std::array{0.0, 0.1, 0.7});
  plan.client.think_mean = dice.between(Millis(1s), Millis(6s));
  plan.client.barge_in = dice.pick(std::array{0.15, 0.5, 0.9});
}

}  // namespace

Plan draw_plan(std::uint64_t seed, const Options& options) {
  Dice dice(seed);
  Plan plan;
  plan.length = options.length;
  plan.config = draw_config(dice);
  plan.network = draw_network(dice, options.faults);
  plan.service = draw_service(dice, options.faults);
  draw_model(dice, plan);
  if (options.canary == Canary::mark_trusted) {
    plan.mark_believed = true;
    plan.config.watchdog.enabled = false;
  }
  choose_turns(plan);
  draw_caller(dice, plan, options.faults);
  plan.network_seed = dice.seed();
  plan.service_seed = dice.seed();
  plan.client_seed = dice.seed();
  plan.session_seed = dice.seed();
  draw_return(dice, plan, options.faults);
  draw_blocking(dice, plan);
  if (options.eventful) draw_more(dice, plan);
  return plan;
}

}  // namespace livegate::sim
