# Part of `cmake --install`: a file of settings that is there already is left as it is.
function(install_new file folder)
  get_filename_component(name "${file}" NAME)
  if(EXISTS "$ENV{DESTDIR}${folder}/${name}")
    message(STATUS "Left as it is: $ENV{DESTDIR}${folder}/${name}")
  else()
    file(INSTALL "${file}" DESTINATION "${folder}")
  endif()
endfunction()

foreach(file IN LISTS settings)
  install_new("${file}" "${folder}/conf.d")
endforeach()
install_new("${script}" "${folder}")
