# The brain's part of this room; CMakeLists.txt includes it.
set(BRAIN_SOURCES
  brain.cc brain_knowledge.cc home_action.cc home_sentences.cc home_words.cc other_tools.cc
  phrase_book.cc small_talk.cc spoken_numbers.cc tool_answers.cc tool_arguments.cc tool_schema.cc)
set(BRAIN_TESTS
  brain_lights_test.cc brain_test.cc brain_tools_test.cc phrase_book_test.cc)
