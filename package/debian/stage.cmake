# What is in the Debian package beside what `cmake --install` installs; cpack runs this when that is in place.
set(here ${CMAKE_CURRENT_LIST_DIR})
set(doc ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr/share/doc/mgc)
set(defaults ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/etc/default)

file(MAKE_DIRECTORY ${defaults})
file(COPY_FILE ${here}/copyright ${doc}/copyright)
file(COPY_FILE ${here}/mgc-ist-relay.default ${defaults}/mgc-ist-relay)
execute_process(COMMAND gzip -9nc ${here}/changelog OUTPUT_FILE ${doc}/changelog.gz COMMAND_ERROR_IS_FATAL ANY)
file(CHMOD ${doc}/copyright ${doc}/changelog.gz ${defaults}/mgc-ist-relay
     PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)

# cpack makes the directories above what is installed with the umask of who runs it.
file(GLOB_RECURSE entries LIST_DIRECTORIES true ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/*)
foreach(entry IN LISTS entries)
  if(IS_DIRECTORY ${entry})
    file(CHMOD ${entry} PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
  endif()
endforeach()
