set(DOCTOR_SOURCES
  doctor.cc doctor_checks.cc doctor_report.cc doctor_rules.cc doctor_rules_talk.cc doctor_talk.cc
  live_line.cc)
set(DOCTOR_TESTS doctor_report_test.cc doctor_rules_test.cc)
