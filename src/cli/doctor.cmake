set(DOCTOR_SOURCES
  doctor.cc doctor_checks.cc doctor_report.cc doctor_rules.cc doctor_rules_talk.cc doctor_talk.cc
  live_line.cc probe.cc probe_cases.cc probe_judges.cc probe_judges_rest.cc probe_judges_turn.cc
  probe_record.cc probe_report.cc probe_talk.cc)
set(DOCTOR_TESTS doctor_report_test.cc doctor_rules_test.cc probe_judges_test.cc probe_report_test.cc)
