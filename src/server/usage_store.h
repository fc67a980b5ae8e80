// What was used and spent, on disk: one SQLite file with a row per day, user and model, so that the
// budgets of a day outlast a restart and `livegate usage` can ask.
//
// A thread of its own writes, so that no loop waits for the disk; what waits is committed together,
// and at once. Why SQLite: docs/dependencies.md. A row that was committed outlasts the death of the
// process; the death of the machine may cost the last seconds.
//
// Decides how rows are kept and for how long. Leaves what is spent to meter/.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "meter/budget.h"
#include "meter/session_meter.h"
#include "obs/log.h"

struct sqlite3;

namespace livegate::server {

struct UsageRow {
  meter::UtcDay day{};
  std::string user;   // empty: of no name
  std::string model;  // without "models/"
  meter::Spend spend;
};

class UsageStore {
 public:
  // Makes the file (for its owner alone) if it is not there, and forgets what is older than
  // `keep_days`. The error is one sentence that names the file.
  static Result<std::unique_ptr<UsageStore>, std::string> open(const std::string& path,
                                                               int keep_days, meter::UtcDay today,
                                                               obs::Log& log);
  // Writes what is waiting first.
  ~UsageStore();
  UsageStore(const UsageStore&) = delete;
  UsageStore& operator=(const UsageStore&) = delete;

  // Any thread: takes it for writing, adding it to what the row holds. Above
  // limits::kUsageRowsWaitingMax it is lost, and counted.
  void add(UsageRow row);
  [[nodiscard]] std::uint64_t lost() const;

  // Of a file that a gateway may be writing at the same time. By day, then user, then model.
  static Result<std::vector<UsageRow>, std::string> read(const std::string& path,
                                                         std::optional<meter::UtcDay> day,
                                                         std::optional<std::string> user);

 private:
  struct Close {
    void operator()(sqlite3* db) const;
  };
  using Database = std::unique_ptr<sqlite3, Close>;
  UsageStore(Database db, obs::Log& log);
  void work();
  [[nodiscard]] std::string write(const std::vector<UsageRow>& rows);

  Database db_;  // the writing thread's
  obs::Log& log_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<UsageRow> waiting_;
  std::uint64_t lost_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace livegate::server
