# SPDX-License-Identifier: Apache-2.0
# kassa_module(NAME RANK n [PURE] SOURCES ... HEADERS ... DEPENDS ... LIBRARIES ...)
#   A folder is a module is a target is a symbol prefix. DEPENDS names modules of lower rank; an upward or sideways
#   dependency stops the configuration with a sentence. HEADERS are the public ones. LIBRARIES are pkg-config modules or
#   CMake targets; each third-party library belongs to one module a side (KASSA_SHARED_LIBRARIES lists the exceptions).
#   PURE: the objects may reference no clock, file, socket, allocator or lock (tools/check/symbols reads them with nm).
#   A module without SOURCES is headers only.
# kassa_program(NAME RANK n SOURCES ... DEPENDS ... LIBRARIES ...)   a main, built into build/<preset>/bin
# kassa_test(NAME SOURCES ... DEPENDS ... [LIBRARIES ...] [LABELS ...] [TIMEOUT s])   a cmocka program, a ctest case
#
# NAME of a module is its path below firmware/ or host/ with '/' as '_' (platform/lmdb -> platform_lmdb).

# JSON is spoken by several rooms, and its library holds no state: see ARCHITECTURE.md. Threads are the C library's own.
set(KASSA_SHARED_LIBRARIES jansson Threads::Threads)

function(kassa_link_libraries target)
  foreach(library IN LISTS ARGN)
    if(TARGET ${library})
      target_link_libraries(${target} PUBLIC ${library})
    else()
      string(MAKE_C_IDENTIFIER "${library}" identifier)
      if(NOT TARGET PkgConfig::${identifier})
        pkg_check_modules(${identifier} REQUIRED IMPORTED_TARGET GLOBAL ${library})
      endif()
      target_link_libraries(${target} PUBLIC PkgConfig::${identifier})
    endif()
  endforeach()
endfunction()

# Links libraries (targets or pkg-config modules) to a program or a test, whose needs go no further.
function(kassa_link_private target)
  foreach(library IN LISTS ARGN)
    if(TARGET ${library})
      target_link_libraries(${target} PRIVATE ${library})
    else()
      string(MAKE_C_IDENTIFIER "${library}" identifier)
      if(NOT TARGET PkgConfig::${identifier})
        pkg_check_modules(${identifier} REQUIRED IMPORTED_TARGET GLOBAL ${library})
      endif()
      target_link_libraries(${target} PRIVATE PkgConfig::${identifier})
    endif()
  endforeach()
endfunction()

function(kassa_claim_libraries name side)
  foreach(library IN LISTS ARGN)
    if(library IN_LIST KASSA_SHARED_LIBRARIES)
      continue()
    endif()
    get_property(owner GLOBAL PROPERTY KASSA_OWNER_${side}_${library})
    if(owner AND NOT owner STREQUAL name)
      message(FATAL_ERROR "${name} links ${library}, which ${owner} already fences on the ${side} side: "
        "a third-party library is linked by exactly one module. Use ${owner}'s header instead.")
    endif()
    set_property(GLOBAL PROPERTY KASSA_OWNER_${side}_${library} ${name})
  endforeach()
endfunction()

function(kassa_check_ranks name rank)
  foreach(dependency IN LISTS ARGN)
    get_property(known GLOBAL PROPERTY KASSA_RANK_${dependency} SET)
    if(NOT known)
      message(FATAL_ERROR "${name} depends on ${dependency}, which is not a module (or is added after it in "
        "CMakeLists.txt).")
    endif()
    get_property(below GLOBAL PROPERTY KASSA_RANK_${dependency})
    if(NOT below LESS rank)
      message(FATAL_ERROR "${name} (rank ${rank}) may not depend on ${dependency} (rank ${below}): dependencies go "
        "to lower ranks only. Move the shared part down, or pass it in through iface/.")
    endif()
    get_property(other_side GLOBAL PROPERTY KASSA_SIDE_${dependency})
    if(KASSA_SIDE STREQUAL "host" AND other_side STREQUAL "firmware" AND
       NOT dependency IN_LIST KASSA_HOST_MAY_USE)
      message(FATAL_ERROR "${name} is a host module and may not use firmware's ${dependency}. Host links from "
        "firmware only: ${KASSA_HOST_MAY_USE}.")
    endif()
    if(KASSA_SIDE STREQUAL "firmware" AND other_side STREQUAL "host")
      message(FATAL_ERROR "${name} is a firmware module and may not use host's ${dependency}.")
    endif()
  endforeach()
endfunction()

set(KASSA_HOST_MAY_USE contract base iface wire vault trust card offers offers_cel ledger journal snapshot platform_mosquitto platform_linux
  platform_lmdb platform_service platform_settings platform_programme platform_tpm)

# Firmware is compiled each function by itself, for a COLD program leaves out what it never calls, and without a table to unwind by
# in memory: a debugger has one in the debug information.
set(KASSA_SMALL -ffunction-sections -fno-asynchronous-unwind-tables)

# COLD: off the way from a card to a price, and so compiled for size: it is the till's memory that counts there.
# kassa_cold(SOURCES...) says the same of some sources of a module.
function(kassa_cold)
  set_source_files_properties(${ARGN} PROPERTIES COMPILE_OPTIONS $<$<CONFIG:RelWithDebInfo>:-Os>)
endfunction()

function(kassa_module name)
  cmake_parse_arguments(M "PURE;COLD" "RANK" "SOURCES;HEADERS;DEPENDS;LIBRARIES" ${ARGN})
  kassa_check_ranks(${name} ${M_RANK} ${M_DEPENDS})
  kassa_claim_libraries(${name} "${KASSA_SIDE}" ${M_LIBRARIES})
  set_property(GLOBAL PROPERTY KASSA_RANK_${name} ${M_RANK})
  set_property(GLOBAL PROPERTY KASSA_SIDE_${name} "${KASSA_SIDE}")
  set(target kassa_${name})
  if(M_SOURCES)
    add_library(${target} STATIC ${M_SOURCES})
    set(scope PUBLIC)
    target_link_libraries(${target} PRIVATE kassa_warnings PUBLIC kassa_hardening)
    if(M_COLD)
      kassa_cold(${M_SOURCES})
    endif()
    if(KASSA_SIDE STREQUAL "firmware")
      target_compile_options(${target} PRIVATE $<$<CONFIG:RelWithDebInfo>:${KASSA_SMALL}>)
    endif()
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(${target} ${scope} ${PROJECT_SOURCE_DIR}/firmware ${PROJECT_SOURCE_DIR}/host
    ${PROJECT_SOURCE_DIR}/include)
  foreach(dependency IN LISTS M_DEPENDS)
    target_link_libraries(${target} ${scope} kassa_${dependency})
  endforeach()
  if(M_SOURCES)
    kassa_link_libraries(${target} ${M_LIBRARIES})
  endif()
  if(M_HEADERS)
    target_sources(${target} ${scope} FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${M_HEADERS})
    set_target_properties(${target} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
  endif()
  file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  string(JOIN " " depends ${M_DEPENDS})
  string(JOIN " " libraries ${M_LIBRARIES})
  string(JOIN " " files ${M_SOURCES} ${M_HEADERS})
  set(purity impure)
  if(M_PURE)
    set(purity pure)
  endif()
  set(archive none)
  if(M_SOURCES)
    set(archive $<TARGET_FILE:${target}>)
  endif()
  set_property(GLOBAL APPEND_STRING PROPERTY KASSA_MODULES
    "${name};${M_RANK};${folder};${purity};${archive};${depends};${libraries};${files}\n")
endfunction()

function(kassa_program name)
  cmake_parse_arguments(P "COLD" "RANK" "SOURCES;DEPENDS;LIBRARIES" ${ARGN})
  kassa_check_ranks(${name} ${P_RANK} ${P_DEPENDS})
  add_executable(${name} ${P_SOURCES})
  if(P_COLD)
    kassa_cold(${P_SOURCES})
    target_compile_options(${name} PRIVATE $<$<CONFIG:RelWithDebInfo>:${KASSA_SMALL}>)
    target_link_options(${name} PRIVATE $<$<CONFIG:RelWithDebInfo>:-Wl,--gc-sections>)
  endif()
  target_link_libraries(${name} PRIVATE kassa_warnings kassa_hardening)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/firmware ${PROJECT_SOURCE_DIR}/host
    ${PROJECT_SOURCE_DIR}/include)
  foreach(dependency IN LISTS P_DEPENDS)
    target_link_libraries(${name} PRIVATE kassa_${dependency})
  endforeach()
  kassa_link_private(${name} ${P_LIBRARIES})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  string(JOIN " " depends ${P_DEPENDS})
  string(JOIN " " libraries ${P_LIBRARIES})
  string(JOIN " " files ${P_SOURCES})
  set_property(GLOBAL APPEND_STRING PROPERTY KASSA_MODULES
    "${name};${P_RANK};${folder};program;none;${depends};${libraries};${files}\n")
endfunction()

# What the sources of tests are compiled with. A test that looks at a local which nobody wrote shall fail always, not where the
# stack happens to lie so: such a local holds a pattern.
function(kassa_test_options target)
  cmake_parse_arguments(T "" "" "DEPENDS;LIBRARIES" ${ARGN})
  target_compile_options(${target} PRIVATE -ftrivial-auto-var-init=pattern)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/firmware ${PROJECT_SOURCE_DIR}/host
    ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/tests ${PROJECT_SOURCE_DIR}/tools)
  target_link_libraries(${target} PRIVATE kassa_warnings kassa_hardening)
  foreach(dependency IN LISTS T_DEPENDS)
    target_link_libraries(${target} PRIVATE kassa_${dependency})
  endforeach()
  kassa_link_private(${target} ${T_LIBRARIES})
  target_compile_definitions(${target} PRIVATE
    KASSA_SOURCE_DIR="${PROJECT_SOURCE_DIR}" KASSA_BINARY_DIR="${PROJECT_BINARY_DIR}")
endfunction()

# kassa_test_sources(target FIRST MORE...): the first source is the program's own; what helps it helps others, too, and is
# compiled once for all of them, with what the first of them depends on.
function(kassa_test_sources target first)
  cmake_parse_arguments(T "" "" "MORE;DEPENDS;LIBRARIES" ${ARGN})
  add_executable(${target} ${first})
  kassa_test_options(${target} DEPENDS ${T_DEPENDS} LIBRARIES ${T_LIBRARIES})
  foreach(source IN LISTS T_MORE)
    get_filename_component(source ${source} ABSOLUTE)
    file(RELATIVE_PATH name ${PROJECT_SOURCE_DIR} ${source})
    string(MAKE_C_IDENTIFIER "helper_${name}" helper)
    if(NOT TARGET ${helper})
      add_library(${helper} OBJECT ${source})
      target_link_libraries(${helper} PRIVATE PkgConfig::cmocka)
      kassa_test_options(${helper} DEPENDS ${T_DEPENDS} LIBRARIES ${T_LIBRARIES})
    endif()
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:${helper}>)
  endforeach()
endfunction()

function(kassa_test name)
  cmake_parse_arguments(T "" "TIMEOUT" "SOURCES;DEPENDS;LIBRARIES;LABELS" ${ARGN})
  set(target test_${name})
  list(POP_FRONT T_SOURCES first)
  kassa_test_sources(${target} ${first} MORE ${T_SOURCES} DEPENDS ${T_DEPENDS} LIBRARIES ${T_LIBRARIES})
  target_link_libraries(${target} PRIVATE PkgConfig::cmocka)
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  add_test(NAME ${name} COMMAND ${target})
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 300) # a guard against hanging, not a measure of speed
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${T_TIMEOUT} LABELS "${T_LABELS}" PROCESSORS 2)
endfunction()

# gcc's analyzer sees a fault in a source that is none: that one warning is off for it, in the preset analyze alone. Each
# use says why.
function(kassa_analyzer_misreads source warning)
  if(CMAKE_C_FLAGS MATCHES "-fanalyzer")
    set_property(SOURCE ${source} APPEND PROPERTY COMPILE_OPTIONS -Wno-analyzer-${warning})
  endif()
endfunction()

# The list that the guards in tools/check read: name;rank;folder;pure|impure|program;archive;depends;libraries;files
function(kassa_write_module_list)
  get_property(modules GLOBAL PROPERTY KASSA_MODULES)
  file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/modules.txt CONTENT "${modules}")
endfunction()
