#include "net/websocket.h"

#include <gmock/gmock.h>

#include "net/test_world.h"

namespace livegate::net {
namespace {

using test::Pair;
using test::RawPeer;
using test::Received;
using test::Recorder;
using test::Server;
using test::upgraded_peer;
using test::World;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;
using ws::Opcode;

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// A frame as a client would send it.
std::vector<std::uint8_t> client_frame(Opcode opcode, std::string_view payload) {
  std::vector<std::uint8_t> out;
  ws::append_frame(out, opcode, bytes_of(payload), 0x01020304);
  return out;
}

struct WebSocketTest : testing::Test {
  World world;
  Server server{world};
};

TEST_F(WebSocketTest, carries_text_and_binary_both_ways) {
  Pair pair(world, server);
  EXPECT_TRUE(pair.client().socket->send_text("gr\xC3\xBC\xC3\x9F"));
  EXPECT_TRUE(
      pair.client().socket->send(Opcode::binary, bytes_of(std::string_view("\x00\xFF", 2))));
  EXPECT_TRUE(pair.client().socket->send_text(""));
  world.run_until([&] { return pair.client().messages.size() == 3; });
  EXPECT_THAT(pair.client().messages,
              ElementsAre(Received{Opcode::text, "gr\xC3\xBC\xC3\x9F"},
                          Received{Opcode::binary, std::string("\x00\xFF", 2)},
                          Received{Opcode::text, ""}));
}

TEST_F(WebSocketTest, carries_a_message_as_large_as_the_cap_allows) {
  Pair pair(world, server);
  std::string large(test::kOptions.message_bytes_max, 'x');
  for (std::size_t i = 0; i < large.size(); i += 101) large[i] = static_cast<char>('a' + i % 26);
  ASSERT_TRUE(pair.client().socket->send_text(large));
  world.run_until([&] { return pair.client().messages.size() == 1; });
  EXPECT_TRUE(pair.client().messages[0].payload == large);
  EXPECT_EQ(pair.client().socket->queued_bytes(), 0U);
}

TEST_F(WebSocketTest, ten_thousand_small_messages_keep_their_order) {
  Pair pair(world, server);
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_TRUE(pair.client().socket->send_text(std::to_string(i)));
  }
  world.run_until([&] { return pair.client().messages.size() == 10'000; });
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_EQ(pair.client().messages[static_cast<std::size_t>(i)].payload, std::to_string(i));
  }
}

TEST_F(WebSocketTest, answers_pings_by_itself_and_takes_pongs_for_life) {
  Pair pair(world, server);
  pair.client().socket->ping();
  world.run_until([&] { return pair.client().pong_times == 1; });
  EXPECT_EQ(pair.client().alive_times, 1);
  EXPECT_EQ(pair.server_side->alive_times, 1);
  EXPECT_EQ(pair.server_side->pong_times, 0) << "a ping is no pong";
  EXPECT_TRUE(pair.client().messages.empty());
}

TEST_F(WebSocketTest, close_brings_code_and_reason_to_both_ends_once) {
  Pair pair(world, server);
  pair.client().socket->close(4001, "done");
  pair.client().socket->close(4002, "again");
  EXPECT_FALSE(pair.client().socket->send_text("late"));
  world.run_until([&] { return pair.client().closed && pair.server_side->closed; });
  EXPECT_EQ(pair.server_side->closed->code, 4001);
  EXPECT_EQ(pair.server_side->closed->reason, "done");
  EXPECT_TRUE(pair.server_side->closed->by_peer);
  EXPECT_EQ(pair.client().closed->code, 4001);
  EXPECT_FALSE(pair.client().closed->by_peer);
  pair.server_side->socket->abort();
  bool settled = false;
  world.loop.post([&] {
    settled = true;
    world.changed();
  });
  world.run_until([&] { return settled; });
  EXPECT_EQ(pair.client().closed_times, 1);
  EXPECT_EQ(pair.server_side->closed_times, 1);
}

TEST_F(WebSocketTest, what_was_sent_before_close_arrives_before_it) {
  Pair pair(world, server);
  const std::string large(300'000, 'l');
  pair.server_side->socket->send_text(large);
  pair.server_side->socket->close(1001, "bye");
  world.run_until([&] { return pair.client().closed.has_value(); });
  EXPECT_THAT(pair.client().messages, ElementsAre(Received{Opcode::text, large}));
  EXPECT_EQ(pair.client().closed->code, 1001);
}

TEST_F(WebSocketTest, an_owner_that_goes_right_after_close_still_closes_politely) {
  Pair pair(world, server);
  pair.server_side->socket->close(1000, "bye");
  pair.server_side->socket.reset();
  world.run_until([&] { return pair.client().closed.has_value(); });
  EXPECT_EQ(pair.client().closed->code, 1000);
  EXPECT_EQ(pair.server_side->closed_times, 0);
}

TEST_F(WebSocketTest, close_without_a_code_is_1005_and_illegal_codes_leave_as_1011) {
  Pair first(world, server);
  first.client().socket->close(1005, "");
  world.run_until([&] { return first.server_side->closed.has_value(); });
  EXPECT_EQ(first.server_side->closed->code, 1005);
  world.run_until([&] { return first.client().closed.has_value(); });
  EXPECT_EQ(first.client().closed->code, 1000) << "what a server answers to none";
  Pair second(world, server);
  second.client().socket->close(1006, "");
  world.run_until([&] { return second.server_side->closed.has_value(); });
  EXPECT_EQ(second.server_side->closed->code, 1011);
}

TEST_F(WebSocketTest, a_reason_is_cut_between_two_characters) {
  Pair pair(world, server);
  std::string reason;
  while (reason.size() < 200) reason += "\xE2\x82\xAC";
  pair.client().socket->close(4000, reason);
  world.run_until([&] { return pair.server_side->closed.has_value(); });
  EXPECT_EQ(pair.server_side->closed->reason, reason.substr(0, 123));
}

TEST_F(WebSocketTest, abort_ends_both_ends_with_1006) {
  Pair pair(world, server);
  pair.client().socket->abort();
  EXPECT_FALSE(pair.client().closed) << "not from within";
  world.run_until([&] { return pair.client().closed && pair.server_side->closed; });
  EXPECT_EQ(pair.client().closed->code, 1006);
  EXPECT_FALSE(pair.client().closed->by_peer);
  EXPECT_EQ(pair.server_side->closed->code, 1006);
  EXPECT_TRUE(pair.server_side->closed->by_peer);
}

TEST_F(WebSocketTest, destroying_an_open_socket_aborts_without_a_word) {
  Pair pair(world, server);
  pair.dialled->socket->socket.reset();
  world.run_until([&] { return pair.server_side->closed.has_value(); });
  EXPECT_EQ(pair.server_side->closed->code, 1006);
  EXPECT_EQ(pair.client().closed_times, 0);
}

TEST_F(WebSocketTest, may_be_destroyed_from_within_on_message) {
  Pair pair(world, server);
  auto& doomed = *pair.server_side;
  doomed.on_each = [&](const Received&) { doomed.socket.reset(); };
  for (int i = 0; i < 3; ++i) pair.client().socket->send_text("several in one batch");
  world.run_until([&] { return pair.client().closed.has_value(); });
  EXPECT_EQ(doomed.messages.size(), 1U) << "nothing is delivered after that";
  EXPECT_EQ(pair.client().closed->code, 1006);
}

TEST_F(WebSocketTest, may_be_destroyed_from_within_on_closed) {
  Pair pair(world, server);
  auto& doomed = *pair.server_side;
  doomed.on_end = [&] { doomed.socket.reset(); };
  pair.client().socket->close(1000, "bye");
  world.run_until([&] { return pair.client().closed && doomed.closed; });
  EXPECT_EQ(pair.client().closed->code, 1000) << "the answer to the close frame still left";
}

TEST_F(WebSocketTest, may_be_aborted_from_within_on_message) {
  Pair pair(world, server);
  pair.server_side->on_each = [&](const Received&) { pair.server_side->socket->abort(); };
  pair.client().socket->send_text("one");
  pair.client().socket->send_text("two");
  world.run_until([&] { return pair.client().closed && pair.server_side->closed; });
  EXPECT_EQ(pair.server_side->messages.size(), 1U);
  EXPECT_EQ(pair.server_side->closed_times, 1);
}

TEST_F(WebSocketTest, may_destroy_another_from_within_on_message) {
  Pair one(world, server);
  Pair other(world, server);
  one.server_side->on_each = [&](const Received&) { other.server_side->socket.reset(); };
  one.client().socket->send_text("x");
  world.run_until([&] { return other.client().closed.has_value(); });
  EXPECT_FALSE(one.client().closed);
}

TEST_F(WebSocketTest, goes_on_elsewhere_with_all_that_was_received_and_queued) {
  server.service.echoes = false;
  Pair pair(world, server);
  auto& before = *pair.server_side;
  std::unique_ptr<test::Recorder> after;
  before.on_each = [&](const Received&) {
    before.socket->send_text("queued before");
    auto detached = before.socket->detach();
    ASSERT_NE(detached, nullptr);
    EXPECT_FALSE(before.socket->send_text("too late"));
    auto socket = attach(world.loop, std::move(detached), test::kOptions.outbox_bytes_max);
    ASSERT_NE(socket, nullptr);
    after = std::make_unique<test::Recorder>(world, std::move(socket));
    before.socket.reset();
    after->socket->send_text("queued after");
    after->socket->start(*after);
  };
  for (const auto* text : {"one", "two", "three"}) pair.client().socket->send_text(text);
  world.run_until(
      [&] { return after && after->messages.size() == 2 && pair.client().messages.size() == 2; });
  EXPECT_EQ(before.messages.size(), 1U);
  EXPECT_EQ(after->messages[0].payload, "two");
  EXPECT_EQ(after->messages[1].payload, "three");
  EXPECT_EQ(pair.client().messages[0].payload, "queued before");
  EXPECT_EQ(pair.client().messages[1].payload, "queued after");
  EXPECT_EQ(before.closed_times, 0);
  pair.client().socket->close(1000, "");
  world.run_until([&] { return pair.client().closed && after->closed; });
  EXPECT_EQ(after->closed->code, 1000);
}

TEST_F(WebSocketTest, a_loose_connection_that_nobody_adopts_is_closed) {
  Pair pair(world, server);
  pair.server_side->on_each = [&](const Received&) {
    EXPECT_NE(pair.server_side->socket->detach(), nullptr);
  };
  pair.client().socket->send_text("x");
  world.run_until([&] { return pair.client().closed.has_value(); });
  EXPECT_EQ(pair.client().closed->code, 1006);
}

TEST_F(WebSocketTest, its_end_says_how_much_never_left) {
  auto slow = upgraded_peer(world, server);
  auto& towards_slow = *server.service.sockets.back();
  for (int i = 0; i < 3; ++i) towards_slow.socket->send_text("not flushed yet");
  towards_slow.socket->ping();
  EXPECT_EQ(towards_slow.socket->unsent_messages(), 3U);
  towards_slow.socket->abort();
  world.run_until([&] { return towards_slow.closed.has_value(); });
  EXPECT_EQ(towards_slow.closed->unsent_messages, 3U);
}

TEST_F(WebSocketTest, a_slow_reader_fills_its_own_outbox_and_nobody_elses) {
  Pair other(world, server);
  auto slow = upgraded_peer(world, server);
  // Nothing leaves while the loop does not run: as with a reader whose windows are full.
  auto& towards_slow = *server.service.sockets.back();
  const std::string chunk(256 * 1024, 'c');
  int accepted = 0;
  while (towards_slow.socket->send_text(chunk)) ++accepted;
  EXPECT_EQ(accepted, 15) << "4 MiB less the frames' headers";
  EXPECT_LE(towards_slow.socket->queued_bytes(), test::kOptions.outbox_bytes_max);
  EXPECT_FALSE(towards_slow.closed) << "what to do now is the owner's decision";
  other.client().socket->send_text("unaffected");
  world.run_until([&] { return other.client().messages.size() == 1; });
}

TEST_F(WebSocketTest, stale_messages_are_taken_back_and_the_rest_arrives_whole) {
  server.service.echoes = false;
  Pair pair(world, server);
  test::expect_that_stale_messages_are_taken_back(world, *pair.server_side, pair.client());
}

TEST_F(WebSocketTest, a_reader_that_stops_is_cut_off_when_its_time_to_close_is_over) {
  server.service.options.close_time_max = 20ms;
  // A blocking socket that is never read: the kernel's buffers fill, then our outbox.
  test::tcp::socket mute(world.loop.impl().context);
  mute.connect({asio::ip::make_address("127.0.0.1"), server.listener->port()});
  asio::write(mute, asio::buffer(test::upgrade_request()));
  world.run_until([&] { return server.service.sockets.size() == 1; });
  auto& ours = *server.service.sockets.back();
  const std::string chunk(64 * 1024, 'c');
  // Sends until a whole batch leaves something behind.
  std::function<void()> fill = [&] {
    if (ours.socket->queued_bytes() > 0) return world.changed();
    while (ours.socket->send_text(chunk)) {
    }
    world.loop.post(fill);
  };
  bool asked = false;
  world.loop.post([&] {
    fill();
    asked = true;
  });
  world.run_until([&] { return asked && ours.socket->queued_bytes() > 0; });
  ours.socket->close(1008, "too slow");
  world.run_until([&] { return ours.closed.has_value(); });
  EXPECT_EQ(ours.closed->code, 1006);
  EXPECT_FALSE(ours.closed->by_peer);
  EXPECT_EQ(ours.closed->reason, "no answer to our close frame");
}

TEST_F(WebSocketTest, a_huge_frame_is_refused_from_its_header_while_others_go_on) {
  Pair other(world, server);
  auto peer = upgraded_peer(world, server);
  auto& ours = *server.service.sockets.back();
  std::string header{"\x82\xFF\x00\x00\x00\x40\x00\x00\x00\x00mask", 14};  // a terabyte's quarter
  peer->send(header + std::string(100'000, 'x'));
  world.run_until([&] { return ours.closed && peer->ended(); });
  EXPECT_EQ(ours.closed->code, 1009);
  EXPECT_FALSE(ours.closed->by_peer);
  EXPECT_THAT(peer->received(), HasSubstr("\x88\x18\x03\xF1the message is too big"));
  other.client().socket->send_text("unaffected");
  world.run_until([&] { return other.client().messages.size() == 1; });
}

TEST_F(WebSocketTest, garbage_is_answered_1002) {
  auto peer = upgraded_peer(world, server);
  peer->send(std::string(5000, '\xFF'));
  world.run_until([&] { return peer->ended(); });
  ASSERT_TRUE(server.service.sockets.back()->closed);
  EXPECT_EQ(server.service.sockets.back()->closed->code, 1002);
  EXPECT_THAT(peer->received(), HasSubstr("\x03\xEAreserved bits are set"));
}

TEST_F(WebSocketTest, text_that_is_not_utf8_is_answered_1007) {
  auto peer = upgraded_peer(world, server);
  peer->send(client_frame(Opcode::text, "\xC3("));
  world.run_until([&] { return peer->ended(); });
  EXPECT_EQ(server.service.sockets.back()->closed->code, 1007);
}

TEST_F(WebSocketTest, a_close_frame_of_one_byte_is_answered_1002) {
  auto peer = upgraded_peer(world, server);
  peer->send(client_frame(Opcode::close, "x"));
  world.run_until([&] { return peer->ended(); });
  EXPECT_EQ(server.service.sockets.back()->closed->code, 1002);
}

TEST_F(WebSocketTest, the_server_ends_tcp_after_both_close_frames) {
  auto peer = upgraded_peer(world, server);
  peer->send(client_frame(Opcode::close, "\x03\xE8"));
  world.run_until([&] { return peer->ended(); });  // without our ending anything
  EXPECT_EQ(peer->received(), "\x88\x02\x03\xE8");
}

TEST_F(WebSocketTest, a_peer_that_ends_without_a_close_frame_is_1006) {
  auto peer = upgraded_peer(world, server);
  peer->end();
  world.run_until([&] { return server.service.sockets.back()->closed.has_value(); });
  const auto& closed = *server.service.sockets.back()->closed;
  EXPECT_EQ(closed.code, 1006);
  EXPECT_TRUE(closed.by_peer);
  EXPECT_EQ(closed.reason, "the connection ended without a close frame");
}

TEST_F(WebSocketTest, a_reset_is_1006_with_its_reason) {
  auto peer = upgraded_peer(world, server);
  peer->reset();
  world.run_until([&] { return server.service.sockets.back()->closed.has_value(); });
  EXPECT_EQ(server.service.sockets.back()->closed->code, 1006);
  EXPECT_EQ(server.service.sockets.back()->closed->reason,
            "the connection failed: Connection reset by peer");
  EXPECT_EQ(server.service.sockets.back()->closed_times, 1);
}

TEST_F(WebSocketTest, a_close_frame_is_heard_even_if_writing_has_failed_before) {
  auto peer = upgraded_peer(world, server);
  auto& ours = *server.service.sockets.back();
  // The peer says goodbye and is gone; we, who have not read that yet, write twice: the second
  // write fails.
  peer->send(client_frame(Opcode::close, "\x0F\xA1gone"));
  peer.reset();
  ours.socket->send_text("into the void");
  world.run_until([&] { return ours.closed.has_value(); });
  EXPECT_EQ(ours.closed->code, 4001);
  EXPECT_EQ(ours.closed->reason, "gone");
  EXPECT_TRUE(ours.closed->by_peer);
}

TEST_F(WebSocketTest, a_peer_that_ignores_our_close_is_cut_off) {
  server.service.options.close_time_max = 20ms;
  auto peer = upgraded_peer(world, server);
  auto& ours = *server.service.sockets.back();
  ours.socket->close(1001, "bye");
  peer->send(client_frame(Opcode::text, "never mind"));
  world.run_until([&] { return ours.closed && peer->ended(); });
  EXPECT_EQ(ours.closed->code, 1006);
  EXPECT_FALSE(ours.closed->by_peer);
  EXPECT_TRUE(ours.messages.empty()) << "after close() nothing is delivered";
}

TEST_F(WebSocketTest, frames_that_came_with_the_handshake_are_delivered_after_start) {
  server.service.starts = false;
  RawPeer peer(world, server.listener->port());
  const auto frame = client_frame(Opcode::text, "eager");
  peer.send(test::upgrade_request() + std::string(frame.begin(), frame.end()));
  world.run_until([&] { return server.service.sockets.size() == 1; });
  auto& ours = *server.service.sockets.back();
  ours.start();
  EXPECT_TRUE(ours.messages.empty()) << "not from within";
  world.run_until([&] { return ours.messages.size() == 1; });
  EXPECT_EQ(ours.messages[0].payload, "eager");
}

TEST_F(WebSocketTest, an_end_that_comes_before_start_is_told_after_it) {
  server.service.starts = false;
  auto peer = upgraded_peer(world, server);
  auto& ours = *server.service.sockets.back();
  ours.socket->close(1000, "no");
  peer->send(client_frame(Opcode::close, "\x03\xE8"));
  world.run_until([&] { return peer->ended(); });
  EXPECT_EQ(ours.closed_times, 0);
  ours.start();
  world.run_until([&] { return ours.closed.has_value(); });
  EXPECT_EQ(ours.closed->code, 1000);
  EXPECT_FALSE(ours.closed->by_peer);
}

TEST_F(WebSocketTest, in_a_pause_nothing_is_delivered_and_behind_it_nothing_is_missing) {
  server.service.echoes = false;
  Pair pair(world, server);
  auto& reader = *pair.server_side;
  reader.on_each = [&](const Received&) { reader.socket->pause(); };
  // More than a reader's buffer and the kernel's hold: the rest waits at the sender.
  const std::string large(100'000, 'l');
  constexpr std::size_t kMessages = 30;
  for (std::size_t i = 0; i < kMessages; ++i) {
    ASSERT_TRUE(pair.client().socket->send_text(std::to_string(i) + large));
  }
  for (std::size_t i = 1; i <= kMessages; ++i) {
    world.run_until([&] { return reader.messages.size() >= i; });
    ASSERT_EQ(reader.messages.size(), i) << "one is taken a pause";
    ASSERT_TRUE(reader.messages.back().payload.starts_with(std::to_string(i - 1) + "l"));
    reader.socket->resume();
  }
  EXPECT_FALSE(reader.closed);
}

TEST_F(WebSocketTest, closing_ends_a_pause_so_that_the_peers_answer_is_seen) {
  server.service.echoes = false;
  Pair pair(world, server);
  auto& reader = *pair.server_side;
  reader.on_each = [&](const Received&) { reader.socket->pause(); };
  for (int i = 0; i < 3; ++i) pair.client().socket->send_text("x");
  world.run_until([&] { return reader.messages.size() == 1; });
  reader.socket->close(1000, "enough");
  world.run_until([&] { return reader.closed.has_value(); });
  EXPECT_EQ(reader.closed->code, 1000);
  EXPECT_EQ(reader.messages.size(), 1U);
}

TEST_F(WebSocketTest, messages_that_take_long_let_others_have_their_turn_in_between) {
  server.service.echoes = false;
  Pair pair(world, server);
  auto& reader = *pair.server_side;
  std::size_t heard_at_turn = 0;
  reader.on_each = [&](const Received& message) {
    if (message.payload == "0") {
      world.loop.post([&] { heard_at_turn = reader.messages.size(); });
    }
    while (!world.loop.is_late()) {
    }
  };
  for (int i = 0; i < 5; ++i) pair.client().socket->send_text(std::to_string(i));
  world.run_until([&] { return reader.messages.size() == 5; });
  EXPECT_EQ(heard_at_turn, 1U);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(reader.messages[i].payload, std::to_string(i));
}

TEST_F(WebSocketTest, a_large_binary_message_comes_in_pieces_where_they_are_asked_for) {
  server.service.echoes = false;
  server.service.options.binary_piece_bytes = 4096;
  Pair pair(world, server);
  auto& reader = *pair.server_side;
  std::string large(500'001, 'x');
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i % 251);
  pair.client().socket->send(Opcode::binary, bytes_of(large));
  pair.client().socket->send_text(std::string(9000, 't'));
  world.run_until([&] { return reader.messages.size() == 2; });
  std::string whole;
  for (const std::string& piece : reader.pieces) {
    EXPECT_EQ(piece.size(), 4096U);
    whole += piece;
  }
  EXPECT_TRUE(whole + reader.messages[0].payload == large);
  EXPECT_EQ(reader.messages[1].payload.size(), 9000U) << "text is given as a whole";
}

TEST_F(WebSocketTest, a_peer_that_pings_and_does_not_read_fills_no_memory) {
  server.service.options.outbox_bytes_max = 2000;
  auto peer = upgraded_peer(world, server);
  auto& ours = *server.service.sockets.back();
  std::string pings;
  const auto one = client_frame(Opcode::ping, std::string(100, 'p'));
  for (int i = 0; i < 1000; ++i) pings.append(one.begin(), one.end());
  peer->send(pings);
  std::size_t queued_max = 0;
  world.run_until([&] {
    queued_max = std::max(queued_max, ours.socket->queued_bytes());
    return ours.alive_times == 1000;
  });
  EXPECT_LE(queued_max, 2000U);
}

}  // namespace
}  // namespace livegate::net
