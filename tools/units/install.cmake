# SPDX-License-Identifier: Apache-2.0
# Part of `cmake --install`: fills in the paths. /usr has its settings in /etc, as any other prefix whose software is the
# system's; systemd looks into lib/ of /usr and of /usr/local.
set(bindir "${CMAKE_INSTALL_PREFIX}/bin")
set(datadir "${CMAKE_INSTALL_PREFIX}/share")
set(docdir "${datadir}/doc/kassa")
set(sysconfdir /etc)

function(kassa_install_filled name destination)
  set(path "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/${destination}")
  message(STATUS "Installing: ${path}")
  configure_file("${KASSA_UNITS_FROM}/${name}.in" "${path}" @ONLY NEWLINE_STYLE UNIX)
  file(CHMOD "${path}" PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
endfunction()

foreach(unit kassa-agent.service kassa-hub.service)
  kassa_install_filled(${unit} lib/systemd/system/${unit})
endforeach()
kassa_install_filled(sysusers.conf lib/sysusers.d/kassa.conf)
kassa_install_filled(tmpfiles.conf lib/tmpfiles.d/kassa.conf)
kassa_install_filled(udev.rules lib/udev/rules.d/61-kassa.rules)
foreach(settings agent.ini hub.ini)
  kassa_install_filled(${settings} share/kassa/${settings})
endforeach()

# A till has up to four readers, each with a socket, a process and a device of its own: kassa-reader, kassa-reader2 and so on.
foreach(number "" 2 3 4)
  set(reader kassa-reader${number})
  set(reader_env reader${number}.env)
  kassa_install_filled(kassa-reader.socket lib/systemd/system/${reader}.socket)
  kassa_install_filled(kassa-reader@.service lib/systemd/system/${reader}@.service)
  kassa_install_filled(reader.env share/kassa/${reader_env})
endforeach()
