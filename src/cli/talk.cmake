set(TALK_SOURCES
  talk.cc talk_conversation.cc talk_event.cc talk_home.cc talk_json.cc talk_report.cc wav.cc
  wav_mend.cc)
set(TALK_TESTS
  talk_conversation_test.cc talk_home_test.cc talk_report_test.cc wav_test.cc)
