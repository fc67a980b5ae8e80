#include "server/usage_store.h"

#include <chrono>
#include <cstdint>
#include <utility>

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include "base/limits.h"

namespace livegate::server {
namespace {

using meter::Kind;

// How long a statement waits for another program that holds the file.
constexpr int kBusyMs = 2000;
// A disk that is full or a file that is locked is tried again after so long.
constexpr std::chrono::seconds kTryAgain{5};

constexpr const char* kSchema = R"(
CREATE TABLE IF NOT EXISTS usage (
  day TEXT NOT NULL, user TEXT NOT NULL, model TEXT NOT NULL,
  text_in INTEGER NOT NULL, audio_in INTEGER NOT NULL, image_in INTEGER NOT NULL,
  other_in INTEGER NOT NULL, text_out INTEGER NOT NULL, audio_out INTEGER NOT NULL,
  other_out INTEGER NOT NULL, thoughts INTEGER NOT NULL,
  cost_micro_usd INTEGER NOT NULL, estimated_micro_usd INTEGER NOT NULL,
  turns INTEGER NOT NULL, estimated_turns INTEGER NOT NULL,
  PRIMARY KEY (day, user, model)) WITHOUT ROWID;
PRAGMA user_version = 1;
)";

constexpr const char* kAdd = R"(
INSERT INTO usage VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15)
ON CONFLICT (day, user, model) DO UPDATE SET
  text_in = text_in + ?4, audio_in = audio_in + ?5, image_in = image_in + ?6,
  other_in = other_in + ?7, text_out = text_out + ?8, audio_out = audio_out + ?9,
  other_out = other_out + ?10, thoughts = thoughts + ?11,
  cost_micro_usd = cost_micro_usd + ?12, estimated_micro_usd = estimated_micro_usd + ?13,
  turns = turns + ?14, estimated_turns = estimated_turns + ?15)";

constexpr int kFirstCount = 4;  // of kAdd's parameters, one for each Kind

class Statement {
 public:
  Statement(sqlite3* db, const char* sql) { sqlite3_prepare_v2(db, sql, -1, &statement_, nullptr); }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  [[nodiscard]] bool ready() const { return statement_ != nullptr; }
  // `text` must live until the next reset.
  void bind(int at, std::string_view text) {
    sqlite3_bind_text(statement_, at, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
  }
  void bind(int at, std::int64_t value) { sqlite3_bind_int64(statement_, at, value); }
  void bind_nothing(int at) { sqlite3_bind_null(statement_, at); }
  [[nodiscard]] int step() { return sqlite3_step(statement_); }
  void reset() { sqlite3_reset(statement_); }
  [[nodiscard]] std::string text(int column) const {
    const auto* const bytes =
        reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    return bytes == nullptr
               ? std::string()
               : std::string(bytes,
                             static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
  }
  [[nodiscard]] std::int64_t number(int column) const {
    return sqlite3_column_int64(statement_, column);
  }

 private:
  sqlite3_stmt* statement_ = nullptr;
};

std::string trouble(sqlite3* db, const std::string& path) {
  return "The usage file " + path +
         " cannot be used: " + (db != nullptr ? sqlite3_errmsg(db) : "out of memory") + ".";
}

bool run(sqlite3* db, const char* sql) {
  return sqlite3_exec(db, sql, nullptr, nullptr, nullptr) == SQLITE_OK;
}

// What stands in it is whose money went where: for its owner alone, as its two companions then are.
void make_private_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  if (file >= 0) ::close(file);
}

}  // namespace

void UsageStore::Close::operator()(sqlite3* db) const { sqlite3_close_v2(db); }

Result<std::unique_ptr<UsageStore>, std::string> UsageStore::open(const std::string& path,
                                                                  int keep_days,
                                                                  meter::UtcDay today,
                                                                  obs::Log& log) {
  make_private_file(path);
  sqlite3* raw = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &raw,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  Database db(raw);
  if (code != SQLITE_OK) return Unexpected{trouble(raw, path)};
  sqlite3_busy_timeout(raw, kBusyMs);
  if (!run(raw, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;") || !run(raw, kSchema))
    return Unexpected{trouble(raw, path)};
  Statement forget(raw, "DELETE FROM usage WHERE day < ?1");
  const std::string first_kept = meter::text_of(today - meter::UtcDay(keep_days));
  if (!forget.ready()) return Unexpected{trouble(raw, path)};
  forget.bind(1, first_kept);
  if (forget.step() != SQLITE_DONE) return Unexpected{trouble(raw, path)};
  return std::unique_ptr<UsageStore>(new UsageStore(std::move(db), log));
}

UsageStore::UsageStore(Database db, obs::Log& log)
    : db_(std::move(db)), log_(log), thread_([this] { work(); }) {}

UsageStore::~UsageStore() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void UsageStore::add(UsageRow row) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= limits::kUsageRowsWaitingMax) {
      ++lost_;
      return;
    }
    waiting_.push_back(std::move(row));
  }
  wake_.notify_one();
}

std::uint64_t UsageStore::lost() const {
  const std::lock_guard lock(mutex_);
  return lost_;
}

void UsageStore::work() {
  std::vector<UsageRow> rows;
  bool failing = false;
  std::unique_lock lock(mutex_);
  while (true) {
    if (failing) {
      wake_.wait_for(lock, kTryAgain, [this] { return stopping_; });
    } else {
      wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    }
    if (waiting_.empty()) {
      if (stopping_) return;
      continue;
    }
    rows = std::exchange(waiting_, {});
    lock.unlock();
    const std::string why = write(rows);
    if (!why.empty() && !failing) log_.error("usage cannot be written down: {}", why);
    lock.lock();
    failing = !why.empty();
    if (failing) {  // once more later, in front of what has come since
      rows.insert(rows.end(), std::make_move_iterator(waiting_.begin()),
                  std::make_move_iterator(waiting_.end()));
      waiting_ = std::move(rows);
      if (stopping_) {
        lost_ += waiting_.size();
        return;
      }
    }
  }
}

// All of them or none. Empty: they are written.
std::string UsageStore::write(const std::vector<UsageRow>& rows) {
  sqlite3* const db = db_.get();
  if (!run(db, "BEGIN IMMEDIATE")) return sqlite3_errmsg(db);
  bool good = true;
  {
    Statement add(db, kAdd);
    good = add.ready();
    for (const UsageRow& row : rows) {
      if (!good) break;
      const std::string day = meter::text_of(row.day);
      add.bind(1, day);
      add.bind(2, row.user);
      add.bind(3, row.model);
      for (std::size_t i = 0; i < meter::kKinds; ++i)
        add.bind(kFirstCount + static_cast<int>(i), row.spend.tokens.of[i]);
      constexpr int kBehind = kFirstCount + static_cast<int>(meter::kKinds);
      add.bind(kBehind, row.spend.cost);
      add.bind(kBehind + 1, row.spend.estimated_cost);
      add.bind(kBehind + 2, std::int64_t{row.spend.turns});
      add.bind(kBehind + 3, std::int64_t{row.spend.estimated_turns});
      good = add.step() == SQLITE_DONE;
      add.reset();
    }
  }
  if (good && run(db, "COMMIT")) return {};
  std::string why = sqlite3_errmsg(db);
  run(db, "ROLLBACK");
  return why;
}

Result<std::vector<UsageRow>, std::string> UsageStore::read(const std::string& path,
                                                            std::optional<meter::UtcDay> day,
                                                            std::optional<std::string> user) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READONLY, nullptr);
  const Database db(raw);
  if (code != SQLITE_OK) return Unexpected{trouble(raw, path)};
  sqlite3_busy_timeout(raw, kBusyMs);
  Statement ask(raw,
                "SELECT * FROM usage WHERE (?1 IS NULL OR day = ?1) AND (?2 IS NULL OR user = ?2) "
                "ORDER BY day, user, model");
  if (!ask.ready()) return Unexpected{trouble(raw, path)};
  const std::string date = day ? meter::text_of(*day) : std::string();
  day ? ask.bind(1, date) : ask.bind_nothing(1);
  user ? ask.bind(2, *user) : ask.bind_nothing(2);
  std::vector<UsageRow> rows;
  int state = SQLITE_ROW;
  while ((state = ask.step()) == SQLITE_ROW) {
    UsageRow& row = rows.emplace_back();
    row.day = meter::day_from(ask.text(0)).value_or(meter::UtcDay(0));
    row.user = ask.text(1);
    row.model = ask.text(2);
    constexpr int kCounts = 3;  // the first column of them
    for (std::size_t i = 0; i < meter::kKinds; ++i)
      row.spend.tokens.of[i] = ask.number(kCounts + static_cast<int>(i));
    constexpr int kBehind = kCounts + static_cast<int>(meter::kKinds);
    row.spend.cost = ask.number(kBehind);
    row.spend.estimated_cost = ask.number(kBehind + 1);
    row.spend.turns = static_cast<int>(ask.number(kBehind + 2));
    row.spend.estimated_turns = static_cast<int>(ask.number(kBehind + 3));
  }
  if (state != SQLITE_DONE) return Unexpected{trouble(raw, path)};
  return rows;
}

}  // namespace livegate::server
